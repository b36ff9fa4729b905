// Which events of a thread enclose a point in time. Each thread's events are swept once in order of
// start, so that a million launches in ten million frames take linear time.
import type { HostColumns } from '../collect/trace-store.js'

/** The rows of one thread in order of start, outer events before inner ones. */
export type RowsByThread = Map<number, Int32Array>

/** Groups rows by thread and puts each group in order: start, then longer first, then file order. */
export function rowsByThread(columns: HostColumns, keep?: (row: number) => boolean): RowsByThread {
  const { length } = columns
  const thread = columns.thread.data
  const counts = new Map<number, number>()
  for (let row = 0; row < length; row++) {
    if (keep !== undefined && !keep(row)) continue
    counts.set(thread[row]!, (counts.get(thread[row]!) ?? 0) + 1)
  }
  const groups: RowsByThread = new Map()
  for (const [id, count] of counts) groups.set(id, new Int32Array(count))
  const filled = new Map<number, number>()
  for (let row = 0; row < length; row++) {
    if (keep !== undefined && !keep(row)) continue
    const at = filled.get(thread[row]!) ?? 0
    groups.get(thread[row]!)![at] = row
    filled.set(thread[row]!, at + 1)
  }
  const start = columns.start.data
  const duration = columns.duration.data
  const order = (a: number, b: number) =>
    start[a]! - start[b]! || duration[b]! - duration[a]! || a - b
  for (const rows of groups.values()) if (!isSorted(rows, order)) rows.sort(order)
  return groups
}

function isSorted(rows: Int32Array, order: (a: number, b: number) => number): boolean {
  for (let i = 1; i < rows.length; i++) if (order(rows[i - 1]!, rows[i]!) > 0) return false
  return true
}

/** Walks one thread's rows as time goes on and knows which of them are under way. */
export class EnclosingStack {
  #next = 0
  readonly #stack: number[] = []

  constructor(
    private readonly columns: HostColumns,
    private readonly rows: Int32Array,
  ) {}

  /**
   * Rows that have started at or before `time` and end after it, outermost first. Times must not
   * fall from call to call. Events that overhang the one around them count until their own end.
   */
  at(time: number, into: number[]): void {
    const start = this.columns.start.data
    const duration = this.columns.duration.data
    const { rows } = this
    while (this.#next < rows.length) {
      const row = rows[this.#next]!
      if (start[row]! > time) break
      this.#dropEnded(start[row]!)
      this.#stack.push(row)
      this.#next++
    }
    // Those that ended below one that overhangs them are dropped too: a chain of such would grow for ever.
    const stack = this.#stack
    into.length = 0
    for (const row of stack) {
      if (start[row]! + duration[row]! > time) into.push(row)
    }
    for (let i = 0; i < into.length; i++) stack[i] = into[i]!
    stack.length = into.length
  }

  #dropEnded(time: number): void {
    const start = this.columns.start.data
    const duration = this.columns.duration.data
    const stack = this.#stack
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      if (start[top]! + duration[top]! > time) break
      stack.pop()
    }
  }
}
