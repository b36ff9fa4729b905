// Measured rows of a CSV file, compressed or not, or of a Parquet file, as operations.
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { type CalibrationRow, type MeasuredOp, measuredRow, type Row } from '@flowsim/calibration'
import { PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { parseCsv } from '../program/csv.js'
import { CliError } from '../program/errors.js'

/** Whether a file is named as a table; other files are traces or kernels. */
export function isTable(path: string): boolean {
  return /\.(?:csv|csv\.gz|parquet)$/i.test(path)
}

const PARQUET = 'PAR1'

/** The rows of a CSV file with a header, or of a Parquet file. */
export async function readRows(path: string): Promise<Row[]> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  } catch (cause) {
    throw new CliError('failure', `${path}: cannot be read: ${(cause as Error).message}`, { cause })
  }
  const isParquet = bytes.subarray(0, PARQUET.length).toString('latin1') === PARQUET
  const rows = isParquet ? await parquetRows(path, bytes) : csvRows(path, bytes.toString('utf8'))
  if (rows.length === 0) throw new CliError('failure', `${path}: holds no rows below its header`)
  return rows
}

function csvRows(path: string, text: string): Row[] {
  try {
    return parseCsv(text)
  } catch (cause) {
    throw new CliError('failure', `${path}: ${(cause as Error).message}`, { cause })
  }
}

async function parquetRows(path: string, bytes: Buffer): Promise<Row[]> {
  const { parquetReadObjects } = await import('hyparquet')
  const { buffer, byteOffset, byteLength } = bytes
  try {
    const rows = await parquetReadObjects({
      file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
    })
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, cellOf(value)])),
    )
  } catch (cause) {
    const { message } = cause as Error
    throw new CliError('failure', `${path}: is no Parquet file that can be read: ${message}`, {
      cause,
    })
  }
}

function cellOf(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : String(value)
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
