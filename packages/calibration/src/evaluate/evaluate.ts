// Compares a model with measured rows.

import { type LatencyModel, PerfModelError } from '@flowsim/perf-model'
import type { Estimate, HardwareSpec } from '@flowsim/trace-schema'
import { median, quantile } from 'd3-array'
import { FITTED } from '../calibrated/calibrated.js'
import type { Row } from './columns.js'
import { type MeasuredOp, measuredRow } from './measured-rows.js'

/** How far predictions are from measurements. Shares, not percent. */
export interface Errors {
  /** Rows looked at. */
  count: number
  /** Rows that the model answers; the others do not count in the errors. */
  answered: number
  /** Answered rows that the model's profile was fitted to: their errors say nothing of others. */
  fitted: number
  /** Mean of |predicted / measured - 1|. */
  mape: number | null
  medianApe: number | null
  p90Ape: number | null
  /** Median of predicted / measured - 1. */
  bias: number | null
  /** Share of the answered rows whose measurement lies between p10 and p90. */
  insideP10P90: number | null
}

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

class Tally {
  count = 0
  inside = 0
  fitted = 0
  readonly errors: number[] = []

  add(predicted: { latencyS: number; p10S: number; p90S: number }, measuredUs: number): void {
    const measured = measuredUs / 1e6
    this.errors.push(predicted.latencyS / measured - 1)
    if (predicted.p10S <= measured && measured <= predicted.p90S) this.inside++
  }

  result(): Errors {
    const answered = this.errors.length
    if (answered === 0) {
      return {
        count: this.count,
        answered,
        fitted: 0,
        mape: null,
        medianApe: null,
        p90Ape: null,
        bias: null,
        insideP10P90: null,
      }
    }
    const sizes = Float64Array.from(this.errors, Math.abs).sort()
    return {
      count: this.count,
      answered,
      fitted: this.fitted,
      mape: sizes.reduce((sum, size) => sum + size, 0) / answered,
      medianApe: median(sizes)!,
      p90Ape: quantile(sizes, 0.9)!,
      bias: median(this.errors)!,
      insideP10P90: this.inside / answered,
    }
  }
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
  const overall = new Tally()
  const groups = new Map<string, { key: Record<string, unknown>; tally: Tally }>()
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
      group = { key, tally: new Tally() }
      groups.set(name, group)
    }
    overall.count++
    group.tally.count++
    const { call, more, options: conditionsOfRow, latencyUs } = measured
    if (hardware === undefined) continue
    try {
      const predicted = [call, ...more].map((each) =>
        model.estimate(each, hardware, conditionsOfRow),
      )
      const total = sum(predicted)
      overall.add(total, latencyUs)
      group.tally.add(total, latencyUs)
      if (predicted.every(({ notes }) => notes?.includes(FITTED))) {
        overall.fitted++
        group.tally.fitted++
      }
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
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
