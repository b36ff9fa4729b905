// Cycles of all cores on one L2 tile of m x n x k. The L2 tile is cut into L1 tiles, k outermost, then n,
// then m; the cores take them in batches of as many tiles as there are cores. A batch reads what the
// batch before did not hold, partial sums included, while the batch before computes; then what the batch
// before summed up is written.
//
// The tiles of a batch are a range of consecutive positions, so all sets are ranges too and their sizes
// come from prefix sums: a batch costs constant time however many cores there are. Batches repeat: when
// one begins a column of tiles (or a k) as an earlier one did, with as much computing before it, all
// that came between comes again, as often as it fits before the edge.

import type { Machine } from './machine.js'

/** Values of one L1 tile by whether it is cut at the edge of m (1), n (2) and k (4). */
export type TileCycles = Float64Array

/**
 * Cycles of one L2 tile.
 * @param first - cycles of an L1 tile at the first k, by edges
 * @param later - the same at later k, where partial sums are added
 */
export function l1LoopCycles(
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
  const { cores, l2BytesPerCycle } = machine
  const { l2Left, l2Right, l2SumsRead, l2SumsWritten, l2Result } = machine.bytes
  const mCount = Math.ceil(m / l1M)
  const nCount = Math.ceil(n / l1N)
  const kCount = Math.ceil(k / l1K)
  const plane = mCount * nCount
  const total = plane * kCount
  const area = m * n
  const lastM = m - (mCount - 1) * l1M
  const lastN = n - (nCount - 1) * l1N
  const lastK = k - (kCount - 1) * l1K
  const cutM = l1M - lastM

  // Elements of the results at positions 0 to p of a plane, column by column.
  const upTo = (p: number): number => {
    const j = Math.floor(p / mCount)
    if (j >= nCount) return area
    return m * j * l1N + (p - j * mCount) * l1M * (j === nCount - 1 ? lastN : l1N)
  }
  // Elements of the results at positions x to y, counted over all planes.
  const between = (x: number, y: number): number => {
    if (y - x >= plane) return area
    if (y <= x) return 0
    const from = x % plane
    const to = from + y - x
    return to <= plane ? upTo(to) - upTo(from) : area - upTo(from) + upTo(to - plane)
  }

  const edgeFrom = plane - mCount
  let cycles = 0
  let previousCompute = 0
  // Where the batch before begins, in its last plane.
  let heldFrom = 0
  // The last batches that began a column and a k, for repetition: where, after how many cycles, after
  // how much computing before.
  let columnAt = -1
  let columnCycles = 0
  let columnCompute = 0
  let planeAt = -1
  let planeCycles = 0
  let planeCompute = 0
  for (let start = 0; start < total; start += cores) {
    let kIndex = Math.floor(start / plane)
    let from = start - kIndex * plane
    if (from === 0) {
      if (kIndex > 0) {
        if (planeAt > 0 && planeCompute === previousCompute) {
          const period = start - planeAt
          const times = Math.floor((total - plane - start) / period)
          cycles += times * (cycles - planeCycles)
          start += times * period
          kIndex = start / plane
        }
        planeAt = start
        planeCycles = cycles
        planeCompute = previousCompute
      }
    } else if (from % mCount === 0 && from >= cores && 2 * cores <= plane) {
      if (columnAt > start - from && columnCompute === previousCompute) {
        const period = start - columnAt
        const times = Math.floor((edgeFrom - from) / period)
        if (times > 0) {
          cycles += times * (cycles - columnCycles)
          start += times * period
          from += times * period
          heldFrom += times * period
        }
      }
      columnAt = start
      columnCycles = cycles
      columnCompute = previousCompute
    }
    const end = Math.min(start + cores, total)
    let left = 0
    let right = 0
    let sums = 0
    let compute = 0
    let at = start
    while (at < end) {
      const kSize = kIndex === kCount - 1 ? lastK : l1K
      const to = Math.min(plane, from + end - at)
      const length = to - from
      const column = Math.floor(from / mCount)
      const lastColumn = Math.floor((to - 1) / mCount)
      if (at === start && from > 0) {
        // The batch before ends in this plane, right before this one.
        const held = from - heldFrom
        const firstNew = Math.floor((from - 1) / mCount) + 1
        if (firstNew <= lastColumn) {
          right += (Math.min((lastColumn + 1) * l1N, n) - Math.max(column, firstNew) * l1N) * kSize
        }
        if (held < mCount) {
          const fresh = length + held > mCount ? mCount - held : length
          const i = from - column * mCount
          left += (fresh * l1M - (i + fresh >= mCount ? cutM : 0)) * kSize
        }
      } else {
        right += Math.min((lastColumn + 1) * l1N, n) * kSize
        left += (length >= mCount ? m : length * l1M) * kSize
      }
      // Kinds of tiles in this part of the batch.
      const values = kIndex > 0 ? later : first
      const k4 = kIndex === kCount - 1 ? 4 : 0
      if (to > edgeFrom) {
        const begin = from > edgeFrom ? from - edgeFrom : 0
        const stop = to - edgeFrom
        if (stop === mCount && values[k4 + 3]! > compute) compute = values[k4 + 3]!
        if (begin < mCount - 1 && values[k4 + 2]! > compute) compute = values[k4 + 2]!
      }
      if (from < edgeFrom) {
        const stop = Math.min(to, edgeFrom)
        const edges = Math.floor(stop / mCount) - column
        if (edges > 0 && values[k4 + 1]! > compute) compute = values[k4 + 1]!
        if (stop - from > edges && values[k4]! > compute) compute = values[k4]!
      }
      at += length
      heldFrom = from
      kIndex++
      from = 0
    }
    // Partial sums that the batch before neither read nor made.
    const sumsFrom = Math.max(start, plane)
    let written = 0
    if (cores <= plane) {
      if (sumsFrom < end) sums = between(sumsFrom, Math.min(end, start + plane - cores))
      if (start > 0) written = between(Math.max(start - cores, end - plane), start)
    } else if (start === 0) {
      sums = between(plane, end)
    } else {
      written = area - between(start, end)
    }
    const readCycles = Math.ceil(
      (left * l2Left + right * l2Right + sums * l2SumsRead) / l2BytesPerCycle,
    )
    cycles += Math.max(readCycles, previousCompute)
    if (written > 0) cycles += Math.ceil((written * l2SumsWritten) / l2BytesPerCycle)
    previousCompute = compute
  }
  const lastStart = total - (total % cores === 0 ? Math.min(cores, total) : total % cores)
  return (
    cycles + previousCompute + Math.ceil((between(lastStart, total) * l2Result) / l2BytesPerCycle)
  )
}
