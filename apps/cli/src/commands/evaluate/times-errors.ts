// Errors of kernel times against those that a trace measured. Several tables stand side by side, once on what each has
// and once on the kernels that all of them have: errors of different kernels do not compare. A model's time of an
// operation is of its helpers, too, such as the sum of a split-K product, which its table names without a time: their
// measured time counts with that of the kernel that they help.
import { helpedKernels } from '@flowsim/analysis'
import { type Errors, ErrorTally } from '@flowsim/calibration'
import {
  isKernel,
  type KernelOperation,
  type KernelTrace,
  type OpFamily,
} from '@flowsim/trace-schema'
import type { TableTimes } from '../../inputs/kernel-times.js'

/** A table with its path. */
export interface NamedTimes extends TableTimes {
  times: string
}

/** Errors, and the share of the measured time of their kernels that a table has times for. */
export interface TimeErrors extends Errors {
  timeShare: number
}

/** What a table is found to be. */
export interface EvaluatedTable {
  times: string
  overall: TimeErrors
  /** By family of operations, that with most measured time first. */
  groups: (TimeErrors & { family: OpFamily })[]
  /** On the kernels that all tables have; `null` where there is one table. */
  common: Errors | null
}

/** Errors of tables on the kernels of a trace that took time. */
export function errorsOfTables(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  tables: readonly NamedTimes[],
): EvaluatedTable[] {
  const helped = helpedKernels(trace, operations)
  const foldsOf = (table: NamedTimes) => (k: number) => isFolded(table, k, helped)
  const common = itemsOf(trace, helped, (k) => tables.some((table) => isFolded(table, k, helped)))
  const inAll = common.filter((item) =>
    tables.every((table) => timeOf(table.durationsNs, item, foldsOf(table)) !== null),
  )
  return tables.map((table) => {
    const folds = foldsOf(table)
    const overall = new Group(table, folds)
    const families = new Map<OpFamily, Group>()
    for (const item of itemsOf(trace, helped, folds)) {
      const { family } = operations[item.members[0]!]!
      const group = families.get(family) ?? new Group(table, folds)
      families.set(family, group)
      overall.add(item)
      group.add(item)
    }
    const shared = new Group(table, folds)
    for (const item of inAll) shared.add(item)
    const { timeShare: _, ...errors } = shared.result()
    return {
      times: table.times,
      overall: overall.result(),
      groups: [...families]
        .sort(([, a], [, b]) => b.measuredNs - a.measuredNs)
        .map(([family, group]) => ({ family, ...group.result() })),
      common: tables.length === 1 ? null : errors,
    }
  })
}

/** Whether the time that a table has for another kernel is of this one, too. */
function isFolded({ durationsNs, untimed }: TableTimes, k: number, helped: Int32Array): boolean {
  const main = helped[k]!
  return main >= 0 && untimed[k] === 1 && !Number.isNaN(durationsNs[main])
}

/** A kernel with its helpers. */
interface Item {
  /** The kernel first. */
  members: number[]
  measuredNs: number
}

function itemsOf(
  { kernels }: KernelTrace,
  helped: Int32Array,
  isPart: (k: number) => boolean,
): Item[] {
  const items = new Map<number, Item>()
  const counts = (k: number) => isKernel(kernels[k]!) && kernels[k]!.durationNs > 0
  for (const [k, { durationNs }] of kernels.entries()) {
    if (counts(k) && !isPart(k)) items.set(k, { members: [k], measuredNs: durationNs })
  }
  for (const [k, { durationNs }] of kernels.entries()) {
    const item = isPart(k) ? items.get(helped[k]!) : undefined
    if (item === undefined) continue
    item.members.push(k)
    item.measuredNs += durationNs
  }
  return [...items.values()]
}

/** The time of a kernel with its helpers in a column; `null` where the table does not have them all. */
function timeOf(
  column: Float64Array,
  { members }: Item,
  isPart: (k: number) => boolean,
): number | null {
  const ns = members.reduce((sum, k) => (isPart(k) ? sum : sum + column[k]!), 0)
  return Number.isNaN(ns) ? null : ns
}

class Group {
  readonly #tally = new ErrorTally()
  #answeredNs = 0
  measuredNs = 0

  constructor(
    private readonly table: TableTimes,
    private readonly isPart: (k: number) => boolean,
  ) {}

  add(item: Item): void {
    const { measuredNs } = item
    this.measuredNs += measuredNs
    const { durationsNs, p10Ns, p90Ns } = this.table
    const ns = timeOf(durationsNs, item, this.isPart)
    if (ns === null) {
      this.#tally.miss()
      return
    }
    this.#answeredNs += measuredNs
    const p10 = timeOf(p10Ns ?? durationsNs, item, this.isPart)!
    const p90 = timeOf(p90Ns ?? durationsNs, item, this.isPart)!
    // A table with bounds has rows without: the time stands in for them.
    const bounds = p10 === ns && p90 === ns ? {} : { p10S: p10 / 1e9, p90S: p90 / 1e9 }
    this.#tally.add({ latencyS: ns / 1e9, ...bounds }, measuredNs / 1e9)
  }

  result(): TimeErrors {
    return { ...this.#tally.result(), timeShare: this.#answeredNs / (this.measuredNs || 1) }
  }
}
