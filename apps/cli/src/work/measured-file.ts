// Measured rows of a CSV file, compressed or not, as operations.
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import {
  type CalibrationRow,
  findHardware,
  type MeasuredOp,
  measuredRow,
  PerfModelError,
  type Row,
} from '@flowsim/perf-model'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { csvParse } from 'd3-dsv'
import { CliError } from '../program/errors.js'

/** The rows of a CSV file with a header. */
export async function readRows(path: string): Promise<Row[]> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  } catch (cause) {
    throw new CliError('failure', `${path}: cannot be read: ${(cause as Error).message}`, { cause })
  }
  const rows = csvParse(bytes.toString('utf8'))
  if (rows.length === 0) throw new CliError('failure', `${path}: holds no rows below its header`)
  return rows
}

/** Rows of a file as measured operations; `hardware` is their device where they name none. */
export function measuredRows(
  path: string,
  rows: readonly Row[],
  op: MeasuredOp,
  hardware: HardwareSpec | undefined,
): CalibrationRow[] {
  return rows.map((row, i) => {
    try {
      const { gpu, ...measured } = measuredRow(op, row)
      const device = hardware ?? (gpu === undefined ? undefined : findHardware(gpu))
      if (device !== undefined) return { ...measured, hardware: device }
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      throw new CliError('failure', `${path}: row ${i + 1}: ${error.message}`, { cause: error })
    }
    throw new CliError('usage', `${path}: its rows name no device; give it with --hardware`)
  })
}
