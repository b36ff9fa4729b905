// Slices out of their begins and ends. Writers differ in the order of these:
//
//   as they happen                 begin, begin, end, end: an end is that of the last begin
//   one slice after the other      begin, end, begin, end, whatever their times
//   as columns (torch.profiler)    all begins of a kind, then all ends in the same order
//
// So ends are those of the last begin, unless begins and as many ends follow each other and their times say
// that they stand as columns.
import type { Repairs } from '../../repairs.js'
import type { Int } from './schema.js'

interface Begin<T> {
  slice: T
  ns: bigint
  byte: number
}

/** Begins and ends since a track was last empty. */
interface Open<T> {
  begins: Begin<T>[]
  /** Ends that wait until it is known how they stand; empty once begins have followed ends. */
  ends: bigint[]
  isStack: boolean
}

/** Takes a slice from begin to end, in nanoseconds. */
export type OnSlice<T> = (slice: T, startNs: bigint, endNs: bigint) => void

export class Slices<T> {
  readonly #sequences = new Map<Int, Map<Int, Open<T>>>()
  /** Ends that no begin of the same sequence belongs to, by track. */
  readonly #strayEnds = new Map<Int, { ns: bigint; byte: number }[]>()

  constructor(
    private readonly onSlice: OnSlice<T>,
    private readonly repairs: Repairs,
  ) {}

  begin(sequence: Int, track: Int, slice: T, ns: bigint, byte: number): void {
    const open = this.#open(sequence, track)
    if (open.ends.length > 0) {
      // Not columns: a begin follows ends.
      open.isStack = true
      for (const end of open.ends.splice(0)) this.#close(open, end)
    }
    open.begins.push({ slice, ns, byte })
  }

  end(sequence: Int, track: Int, ns: bigint, byte: number): void {
    const open = this.#open(sequence, track)
    if (open.begins.length === open.ends.length) {
      const stray = this.#strayEnds.get(track) ?? []
      this.#strayEnds.set(track, stray)
      stray.push({ ns, byte })
      return
    }
    if (open.isStack) {
      this.#close(open, ns)
      if (open.begins.length === 0) open.isStack = false
      return
    }
    open.ends.push(ns)
    if (open.ends.length === open.begins.length) this.#closeAll(open)
  }

  /**
   * Ends the data: what was begun on a track by one writer may have been ended by another.
   * @param onLost - told where each end stands that has no begin
   */
  finish(onLost: (byte: number) => void): void {
    const left = new Map<Int, Begin<T>[]>()
    for (const tracks of this.#sequences.values()) {
      for (const [track, open] of tracks) {
        for (const end of open.ends.splice(0)) this.#close(open, end)
        if (open.begins.length > 0) {
          left.set(track, [...(left.get(track) ?? []), ...open.begins.splice(0)])
        }
      }
    }
    for (const [track, begins] of left) this.#match(begins, this.#strayEnds.get(track) ?? [])
    for (const ends of this.#strayEnds.values()) {
      for (const { byte } of ends) onLost(byte)
    }
  }

  #closeAll(open: Open<T>): void {
    const { begins, ends } = open
    const isColumns = !inOrder(begins, ends) && begins.every(({ ns }, i) => ends[i]! >= ns)
    if (isColumns) {
      for (const [i, { slice, ns }] of begins.entries()) this.onSlice(slice, ns, ends[i]!)
    } else for (const end of ends) this.#close(open, end)
    open.begins = []
    open.ends = []
  }

  #close(open: Open<T>, endNs: bigint): void {
    const { slice, ns } = open.begins.pop()!
    this.onSlice(slice, ns, endNs)
  }

  /** Pairs the begins and ends of a track in order of time; takes the ends that it used. */
  #match(begins: Begin<T>[], ends: { ns: bigint; byte: number }[]): void {
    begins.sort((a, b) => compare(a.ns, b.ns))
    ends.sort((a, b) => compare(a.ns, b.ns))
    const stack: Begin<T>[] = []
    const unused: typeof ends = []
    let next = 0
    for (const end of ends) {
      while (next < begins.length && begins[next]!.ns <= end.ns) stack.push(begins[next++]!)
      const begin = stack.pop()
      if (begin === undefined) unused.push(end)
      else this.onSlice(begin.slice, begin.ns, end.ns)
    }
    ends.splice(0, ends.length, ...unused)
    for (const { slice, ns, byte } of [...stack, ...begins.slice(next)]) {
      this.repairs.add('unclosed_begin', byte)
      this.onSlice(slice, ns, ns)
    }
  }

  #open(sequence: Int, track: Int): Open<T> {
    let tracks = this.#sequences.get(sequence)
    if (tracks === undefined) {
      tracks = new Map()
      this.#sequences.set(sequence, tracks)
    }
    let open = tracks.get(track)
    if (open === undefined) {
      open = { begins: [], ends: [], isStack: false }
      tracks.set(track, open)
    }
    return open
  }
}

/** Whether begins and then ends stand in the order of their times. */
function inOrder(begins: readonly { ns: bigint }[], ends: readonly bigint[]): boolean {
  let last = begins[0]!.ns
  for (const { ns } of begins) {
    if (ns < last) return false
    last = ns
  }
  for (const ns of ends) {
    if (ns < last) return false
    last = ns
  }
  return true
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
