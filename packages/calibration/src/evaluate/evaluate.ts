// Compares a model with measured rows.

import { type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import type { Estimate, HardwareSpec } from '@flowsim/trace-schema'
import { FITTED } from '../calibrated/calibrated.js'
import type { Row } from './columns.js'
import { type Errors, ErrorTally } from './errors.js'
import { type MeasuredOp, measuredRow } from './measured-rows.js'

/** What {@link evaluate} finds. */
export interface Evaluation {
  overall: Errors
  groups: (Errors & Record<string, unknown>)[]
}

/** What {@link evaluate} takes beside the rows. */
export interface EvaluateOptions {
  op: MeasuredOp
  model: LatencyModel
  /** Columns and the value that rows must have in them. */
  where?: Readonly<Record<string, string>>
  /** Columns by which errors are grouped. Default `gpu` and `dtype`. */
  groupBy?: readonly string[]
  /**
   * The device that a row's column `gpu` names, such as `findHardware` of the catalogue. Rows of a device of which
   * it throws a PerfModelError count as not answered.
   */
  deviceOf: (name: string) => HardwareSpec
  /** Device of all rows, whatever they name. */
  hardware?: HardwareSpec
}

/**
 * Errors of a model on measured rows, in all and by group. A row of a device that nobody knows, or of
 * an operation that the model does not answer, counts as not answered.
 * @throws PerfModelError `invalid_dimension` for a row that cannot be read; the message names the column
 *   and the number of the row, the first row being 1
 */
export function evaluate(rows: Iterable<Row>, options: EvaluateOptions): Evaluation {
  const { op, model, where = {}, groupBy = ['gpu', 'dtype'] } = options
  const conditions = Object.entries(where)
  const overall = new ErrorTally()
  const groups = new Map<string, { key: Record<string, unknown>; tally: ErrorTally }>()
  const found = remembered(options.deviceOf)
  const asked = [...rows].flatMap((row, i) => {
    if (conditions.some(([column, value]) => String(row[column] ?? '') !== value)) return []
    const measured = read(op, row, i + 1)
    return [{ row, measured, hardware: options.hardware ?? found(measured.gpu) }]
  })
  model.prepare?.(
    asked.flatMap(({ measured: { call, more, options: how }, hardware }) =>
      hardware === undefined
        ? []
        : [call, ...more].map((each) => ({ call: each, hardware, options: how })),
    ),
  )
  for (const { row, measured, hardware } of asked) {
    const key = Object.fromEntries(groupBy.map((column) => [column, groupValue(row, column)]))
    const name = JSON.stringify(key)
    let group = groups.get(name)
    if (group === undefined) {
      group = { key, tally: new ErrorTally() }
      groups.set(name, group)
    }
    const { call, more, options: conditionsOfRow, latencyUs } = measured
    if (hardware === undefined) {
      overall.miss()
      group.tally.miss()
      continue
    }
    try {
      const predicted = [call, ...more].map((each) =>
        model.estimate(each, hardware, conditionsOfRow),
      )
      const total = sum(predicted)
      const isFitted = predicted.every(({ notes }) => notes?.includes(FITTED))
      overall.add(total, latencyUs / 1e6, isFitted)
      group.tally.add(total, latencyUs / 1e6, isFitted)
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      overall.miss()
      group.tally.miss()
    }
  }
  return {
    overall: overall.result(),
    groups: [...groups.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { key, tally }]) => ({ ...key, ...tally.result() })),
  }
}

/** Kernels that run one after another. */
function sum(estimates: readonly Estimate[]): Pick<Estimate, 'latencyS' | 'p10S' | 'p90S'> {
  const total = { latencyS: 0, p10S: 0, p90S: 0 }
  for (const { latencyS, p10S, p90S } of estimates) {
    total.latencyS += latencyS
    total.p10S += p10S
    total.p90S += p90S
  }
  return total
}

// Files name the type of their operands differently.
const DTYPE_COLUMNS = ['dtype', 'attn_dtype', 'mla_dtype', 'gemm_dtype', 'moe_dtype', 'nccl_dtype']

function groupValue(row: Row, column: string): string | number | null {
  if (column === 'dtype') {
    for (const name of DTYPE_COLUMNS) if (row[name] !== undefined) return row[name]
  }
  return row[column] ?? (column === 'gpu' ? row.hardware : undefined) ?? null
}

function read(op: MeasuredOp, row: Row, number: number) {
  try {
    return measuredRow(op, row)
  } catch (error) {
    if (!(error instanceof PerfModelError)) throw error
    throw new PerfModelError(error.code, `row ${number}: ${error.message}`, {
      at: error.at,
      cause: error,
    })
  }
}

/** Devices by name, each looked up once; undefined where it is not known. */
function remembered(deviceOf: EvaluateOptions['deviceOf']) {
  const devices = new Map<string, HardwareSpec | undefined>()
  return (name: string | undefined): HardwareSpec | undefined => {
    if (name === undefined) return undefined
    if (devices.has(name)) return devices.get(name)
    let found: HardwareSpec | undefined
    try {
      found = deviceOf(name)
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
    }
    devices.set(name, found)
    return found
  }
}
