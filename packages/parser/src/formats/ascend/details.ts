// The rows of a kernel_details.csv by the tasks of the trace that it lies beside: the same name and start, to
// within a microsecond, since the table rounds its times.
import type { Ns } from '../../collect/event-writer.js'
import { joined } from '../../input/chunks.js'
import type { TraceFile } from '../../input/trace-file.js'
import type { Repairs } from '../../repairs.js'
import { type KernelRow, readKernelTable } from './kernel-table.js'

export const KERNEL_DETAILS = 'kernel_details.csv'
const TOLERANCE_NS = 1000n

export class Details {
  readonly #rows = new Map<string, { startNs: bigint; row: KernelRow; isTaken: boolean }[]>()
  /** Rows of the table. */
  readonly count: number
  #taken = 0

  private constructor(rows: readonly KernelRow[]) {
    for (const row of rows) {
      const startNs = wide(row.startNs)
      if (startNs === undefined) continue
      const entry = { startNs, row, isTaken: false }
      const list = this.#rows.get(row.name)
      if (list === undefined) this.#rows.set(row.name, [entry])
      else list.push(entry)
    }
    this.count = rows.length
    for (const list of this.#rows.values()) {
      list.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0))
    }
  }

  /** The table beside a trace; an empty one where there is none. */
  static async beside(file: TraceFile, repairs: Repairs): Promise<Details> {
    const chunks = await file.beside?.(KERNEL_DETAILS, repairs)
    if (chunks === undefined) return new Details([])
    const text = new TextDecoder().decode(await joined(chunks))
    return new Details(await readKernelTable(text, KERNEL_DETAILS))
  }

  /** The row of a task, which is given once. */
  take(name: string, start: Ns): KernelRow | undefined {
    const startNs = wide(start)
    const list = this.#rows.get(name)
    if (startNs === undefined || list === undefined) return undefined
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (list[middle]!.startNs < startNs - TOLERANCE_NS) low = middle + 1
      else high = middle
    }
    let found: (typeof list)[number] | undefined
    for (let i = low; i < list.length && list[i]!.startNs <= startNs + TOLERANCE_NS; i++) {
      const entry = list[i]!
      if (entry.isTaken) continue
      if (found === undefined || apart(entry.startNs, startNs) < apart(found.startNs, startNs)) {
        found = entry
      }
    }
    if (found === undefined) return undefined
    found.isTaken = true
    this.#taken++
    return found.row
  }

  /** Rows that belong to no task. */
  get left(): number {
    return this.count - this.#taken
  }
}

const apart = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b)

function wide(time: Ns): bigint | undefined {
  if (typeof time === 'bigint') return time
  return Number.isSafeInteger(time) ? BigInt(time) : undefined
}
