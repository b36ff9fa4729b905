// Kernel times from a table: times.csv of `flowsim external collect`, kernels.csv of `flowsim simulate`, or the user's.
//
//   time      duration_us, or else predicted_us; bounds p10_us and p90_us if both are there
//   kernel    index, its place in the trace (with rank where there are several), and name to check it; or
//             name alone, for all kernels of that name
//
// Rows without a time leave their kernel as it is.
import type { Row } from '@flowsim/calibration'
import { counted } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import { readRows } from './measured-file.js'

/** Kernels as a table names them: of one rank after another. */
export interface TimedKernels {
  kernels: readonly { name: string }[]
  ranks: readonly {
    rank: number
    /** The rank whose kernels these are, too. */
    copyOf: number | null
    firstKernel: number
    trace: { kernels: readonly unknown[] }
  }[]
}

/** A time for each kernel, NaN where the table has none. */
export interface TableTimes {
  durationsNs: Float64Array
  /** 1 for kernels that the table names without a time. */
  untimed: Uint8Array
  /** Where the table has bounds. */
  p10Ns?: Float64Array
  p90Ns?: Float64Array
}

/** Reads a table for the kernels of a graph, or of a trace. */
export async function tableTimes(path: string, graph: TimedKernels): Promise<TableTimes> {
  const rows = await readRows(path)
  const [first] = rows
  const time = ['duration_us', 'predicted_us'].find((name) => first![name] !== undefined)
  if (time === undefined) throw new CliError('failure', `${path}: has no column duration_us`)
  if (first!.index === undefined && first!.name === undefined) {
    throw new CliError('failure', `${path}: has neither a column index nor a column name`)
  }
  const hasBounds = first!.p10_us !== undefined && first!.p90_us !== undefined
  const count = graph.kernels.length
  const columns = {
    durationsNs: new Float64Array(count).fill(Number.NaN),
    p10Ns: new Float64Array(count).fill(Number.NaN),
    p90Ns: new Float64Array(count).fill(Number.NaN),
  }
  const places = new Places(graph)
  const untimed = new Uint8Array(count)
  let stray = 0
  rows.forEach((row, i) => {
    const where = `${path}: row ${i + 1}`
    const ns = nanoseconds(row, time, where)
    const p10 = hasBounds ? nanoseconds(row, 'p10_us', where) : undefined
    const p90 = hasBounds ? nanoseconds(row, 'p90_us', where) : undefined
    const its = places.of(row, where)
    if (its.length === 0) stray++
    if (ns === undefined) {
      for (const k of its) untimed[k] = 1
      return
    }
    for (const k of its) {
      columns.durationsNs[k] = ns
      columns.p10Ns[k] = p10 ?? ns
      columns.p90Ns[k] = p90 ?? ns
    }
  })
  if (stray > 0) note(`${path}: ${counted(stray, 'row')} of kernels that the trace does not have`)
  return hasBounds ? { ...columns, untimed } : { durationsNs: columns.durationsNs, untimed }
}

function cell(row: Row, column: string): string {
  return String(row[column] ?? '').trim()
}

function nanoseconds(row: Row, column: string, where: string): number | undefined {
  const text = cell(row, column)
  if (text === '') return undefined
  const us = Number(text)
  if (us >= 0 && us < Infinity) return us * 1000
  throw new CliError('failure', `${where}: ${column}: "${text}" is not a time; give microseconds`)
}

/** Kernels of the graph by what rows name them by. */
class Places {
  #byName: Map<string, number[]> | undefined

  constructor(private readonly graph: TimedKernels) {}

  of(row: Row, where: string): readonly number[] {
    const [place, called, ofRank] = [cell(row, 'index'), cell(row, 'name'), cell(row, 'rank')]
    if (place === '') return this.#named(called)
    const rank = ofRank === '' ? undefined : Number(ofRank)
    const { ranks, kernels } = this.graph
    const of = rank === undefined ? ranks[0]! : ranks.find((each) => each.rank === rank)
    if (of === undefined) throw this.#error(where, `there is no rank ${ofRank}`)
    const index = Number(place)
    if (!Number.isInteger(index) || index < 0 || index >= of.trace.kernels.length) {
      throw this.#error(where, `the trace has no kernel ${place}`)
    }
    const { name } = kernels[of.firstKernel + index]!
    if (called !== '' && called !== name.trim()) {
      throw this.#error(where, `kernel ${index} is "${short(name)}", not "${short(called)}"`)
    }
    // A row that names no rank is for this kernel on each rank that is a copy of the first.
    return ranks.flatMap((each) =>
      each === of || (rank === undefined && each.copyOf === of.rank)
        ? [each.firstKernel + index]
        : [],
    )
  }

  #named(name: string): readonly number[] {
    if (this.#byName === undefined) {
      this.#byName = new Map()
      for (const [k, kernel] of this.graph.kernels.entries()) {
        const known = this.#byName.get(kernel.name)
        if (known === undefined) this.#byName.set(kernel.name, [k])
        else known.push(k)
      }
    }
    return this.#byName.get(name) ?? []
  }

  #error(where: string, what: string): CliError {
    return new CliError('failure', `${where}: ${what}; is the table of another trace?`)
  }
}

function short(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name
}
