// Cycles of all cores on one L2 tile by the order of its L1 tiles. With k outermost it is l1-loop.ts; here
// are the others, with m outermost: n outermost is the same of the transposed product.
//
// A batch of cores is a range of positions, outermost index slowest. What it touches of a pair of
// dimensions is a range as well: of (outermost, middle) tiles every one once, in a row; of (middle,
// innermost) the same for every outermost index; of (outermost, innermost) the same for every middle one.
// A batch reads what the batch before did not hold, and writes what the batch before summed up and it
// does not go on with.

import { l1LoopCycles, type TileCycles } from './l1-loop.js'
import { type LoopOrder, transposedMachine } from './loop-order.js'
import type { Machine } from './machine.js'
import {
  around,
  type Cut,
  cutInto,
  inBoth,
  pairsAround,
  pairsBefore,
  type Range,
  sizeOf,
} from './tile-ranges.js'

/** Kinds of tiles of the transposed product: 1 and 2, cut in m and in n, change places. */
const TRANSPOSED = [0, 2, 1, 3, 4, 6, 5, 7]

/** Cycles of one L2 tile; arguments as of {@link l1LoopCycles}. */
export function l1OrderCycles(
  order: LoopOrder,
  m: number,
  n: number,
  k: number,
  l1M: number,
  l1N: number,
  l1K: number,
  first: TileCycles,
  later: TileCycles,
  machine: Machine,
): number {
  if (order === 'knm') return l1LoopCycles(m, n, k, l1M, l1N, l1K, first, later, machine)
  if (order === 'mnk' || order === 'mkn') {
    return rowwiseCycles(order, m, n, k, l1M, l1N, l1K, first, later, machine)
  }
  const mirror = order === 'kmn' ? 'knm' : order === 'nmk' ? 'mnk' : 'mkn'
  const swap = (values: TileCycles) => Float64Array.from(TRANSPOSED, (kind) => values[kind]!)
  const [before, after] = [swap(first), swap(later)]
  return l1OrderCycles(mirror, n, m, k, l1N, l1M, l1K, before, after, transposedMachine(machine))
}

/** Tiles of a dimension that cost the same: their places, their edge, and whether sums are added. */
interface TileClass {
  from: number
  to: number
  edge: number
  later: boolean
}

function classesOf({ count }: Cut, edge: 2 | 4): TileClass[] {
  if (count === 1) return [{ from: 0, to: 1, edge, later: false }]
  const depth = edge === 4
  return [
    { from: 0, to: depth ? 1 : count - 1, edge: 0, later: false },
    { from: 1, to: depth ? count - 1 : 1, edge: 0, later: true },
    { from: count - 1, to: count, edge, later: depth },
  ].filter(({ from, to }) => to > from)
}

function rowwiseCycles(
  order: 'mnk' | 'mkn',
  m: number,
  n: number,
  k: number,
  l1M: number,
  l1N: number,
  l1K: number,
  first: TileCycles,
  later: TileCycles,
  machine: Machine,
): number {
  const { cores, l2BytesPerCycle, bytes } = machine
  const depthInside = order === 'mnk'
  const rows = cutInto(m, l1M)
  const [columns, depths] = [cutInto(n, l1N), cutInto(k, l1K)]
  const [middle, inner] = depthInside ? [columns, depths] : [depths, columns]
  const [middleClasses, innerClasses] = depthInside
    ? [classesOf(columns, 2), classesOf(depths, 4)]
    : [classesOf(depths, 4), classesOf(columns, 2)]
  const turn = inner.count
  const plane = middle.count * turn
  const total = rows.count * plane

  /** The slowest tile at positions of one row's plane. */
  const slowest = ({ from, to }: Range, rowEdge: number): number => {
    let cycles = 0
    for (const a of middleClasses) {
      const begin = Math.max(from, a.from * turn)
      const length = Math.min(to, a.to * turn) - begin
      if (length <= 0) continue
      const at = begin % turn
      for (const b of innerClasses) {
        const now = at < b.to && at + length > b.from
        if (!now && at + length <= b.from + turn) continue
        const kind = rowEdge + a.edge + b.edge
        cycles = Math.max(cycles, (a.later || b.later ? later : first)[kind]!)
      }
    }
    return cycles
  }
  /** Elements of (outermost, middle) tiles from one to another, in a row. */
  const inRow = (from: number, to: number) =>
    to > from ? pairsBefore(rows, middle, to) - pairsBefore(rows, middle, from) : 0

  let cycles = 0
  let previousCompute = 0
  let summed = 0
  let held: Range = { from: 0, to: 0 }
  for (let start = 0; start < total; start += cores) {
    const end = Math.min(total, start + cores)
    const nextPair = Math.ceil(start / turn)
    const lastPair = Math.floor((end - 1) / turn)
    const pairs = inRow(nextPair, lastPair + 1)
    const pairsBack = pairsAround(
      middle,
      inner,
      start,
      start === 0 ? Math.min(end, plane) : Math.min(end, start - cores + plane),
    )
    let crossed = 0
    let sums = 0
    let kept = 0
    let compute = 0
    let sumsHere = 0
    for (let at = start; at < end; ) {
      const row = Math.floor(at / plane)
      const begin = at - row * plane
      const range = { from: begin, to: Math.min(plane, begin + end - at) }
      const size = sizeOf(rows, row)
      // The batch before ended in this row, right before this one.
      const before = begin > 0 ? held : { from: begin, to: begin }
      crossed += size * around(inner, begin, Math.min(range.to, before.from + turn))
      compute = Math.max(compute, slowest(range, row === rows.count - 1 ? 1 : 0))
      if (!depthInside) {
        // Results that were visited last at a later k; all that were visited last time are at hand.
        const added = { from: Math.max(begin, turn, range.to - turn), to: range.to }
        const again = inBoth(inner, added, before)
        sums += size * (around(inner, added.from, added.to) - again)
        kept += size * again
        sumsHere += size * around(inner, begin, range.to)
      }
      held = range
      at += range.to - begin
    }
    let written: number
    if (depthInside) {
      if (turn > 1) {
        const begun = (end - 1) % turn === 0
        sums = inRow(nextPair, begun ? lastPair : lastPair + 1)
      }
      written =
        start === 0 ? 0 : inRow(Math.floor((start - cores) / turn), Math.floor(start / turn))
      summed = inRow(Math.floor(start / turn), lastPair + 1)
    } else {
      written = summed - kept
      summed = sumsHere
    }
    const [left, right] = depthInside ? [crossed, pairsBack] : [pairs, pairsBack]
    const readBytes = left * bytes.l2Left + right * bytes.l2Right + sums * bytes.l2SumsRead
    cycles += Math.max(Math.ceil(readBytes / l2BytesPerCycle), previousCompute)
    if (written > 0) cycles += Math.ceil((written * bytes.l2SumsWritten) / l2BytesPerCycle)
    previousCompute = compute
  }
  return cycles + previousCompute + Math.ceil((summed * bytes.l2Result) / l2BytesPerCycle)
}
