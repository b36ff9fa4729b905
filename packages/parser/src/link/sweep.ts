// Which events of a thread enclose a point in time. Each thread's events are swept once in order of
// start, so that a million launches in ten million frames take linear time.
import type { HostColumns } from '../collect/trace-store.js'

/** The rows of one thread in order of start, outer events before inner ones. */
export type RowsByThread = Map<number, Int32Array>

/**
 * Groups rows by thread and puts each group in order: start, then longer first, then file order. Threads have
 * small numbers, so that rows are counted in arrays: maps took a twelfth of the CPU of a trace with stacks.
 */
export function rowsByThread(columns: HostColumns, keep?: (row: number) => boolean): RowsByThread {
  const { length } = columns
  const thread = columns.thread.data
  let threads = 0
  for (let row = 0; row < length; row++) if (thread[row]! >= threads) threads = thread[row]! + 1
  const kept = new Uint8Array(keep === undefined ? 0 : length)
  const counts = new Int32Array(threads)
  for (let row = 0; row < length; row++) {
    if (keep !== undefined) {
      if (!keep(row)) continue
      kept[row] = 1
    }
    counts[thread[row]!]!++
  }
  const groups: Int32Array[] = Array.from(counts, (count) => new Int32Array(count))
  const filled = new Int32Array(threads)
  for (let row = 0; row < length; row++) {
    if (keep !== undefined && kept[row] === 0) continue
    const id = thread[row]!
    groups[id]![filled[id]!++] = row
  }
  const start = columns.start.data
  const duration = columns.duration.data
  const byThread: RowsByThread = new Map()
  groups.forEach((rows, id) => {
    if (rows.length === 0) return
    if (!isSorted(rows, start, duration)) {
      rows.sort((a, b) => start[a]! - start[b]! || duration[b]! - duration[a]! || a - b)
    }
    byThread.set(id, rows)
  })
  return byThread
}

/** Whether rows in the order of the file are in order of start, longer ones first. */
function isSorted(rows: Int32Array, start: Float64Array, duration: Float64Array): boolean {
  for (let i = 1; i < rows.length; i++) {
    const before = rows[i - 1]!
    const row = rows[i]!
    if (start[before]! > start[row]!) return false
    if (start[before]! === start[row]! && duration[before]! < duration[row]!) return false
  }
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
    if (into.length > 0) into.length = 0
    for (const row of stack) {
      if (start[row]! + duration[row]! > time) into.push(row)
    }
    if (into.length === stack.length) return
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
