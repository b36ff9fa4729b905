// Sets of time as sorted, disjoint half-open intervals, and their lengths.
import { bisectLeft } from 'd3-array'

/** Sorted, disjoint intervals [start, end) in nanoseconds. */
export interface IntervalSet {
  count: number
  startNs: Float64Array
  endNs: Float64Array
}

/**
 * Union of intervals given in order of start; those for which `keep` is 0 are left out. Touching
 * intervals are joined, empty ones dropped.
 */
export function unionSorted(
  startNs: ArrayLike<number>,
  endNs: ArrayLike<number>,
  keep?: ArrayLike<number>,
): IntervalSet {
  const starts = new Float64Array(startNs.length)
  const ends = new Float64Array(startNs.length)
  let count = 0
  for (let i = 0; i < startNs.length; i++) {
    if (keep && keep[i] === 0) continue
    const start = startNs[i]!
    const end = endNs[i]!
    if (end <= start) continue
    if (count > 0 && start <= ends[count - 1]!) {
      if (end > ends[count - 1]!) ends[count - 1] = end
    } else {
      starts[count] = start
      ends[count] = end
      count++
    }
  }
  return { count, startNs: starts.subarray(0, count), endNs: ends.subarray(0, count) }
}

/** Length of an interval set in nanoseconds. */
export function lengthNs(set: IntervalSet): number {
  let total = 0
  for (let i = 0; i < set.count; i++) total += set.endNs[i]! - set.startNs[i]!
  return total
}

/**
 * Length of the union of intervals, in nanoseconds: time that two of them share counts once. They may come
 * in any order; one without a positive duration is empty. Sums are exact while times are integers below
 * 2^53.
 *
 * @param select - whether the i-th counts; all do if absent
 */
export function unionNs(
  startNs: ArrayLike<number>,
  durationNs: ArrayLike<number>,
  select?: (i: number) => boolean,
): number {
  const inOrder = unionInOrder(startNs, durationNs, select)
  if (inOrder !== undefined) return inOrder
  const { starts, ends } = sides(startNs, durationNs, select)
  let open = 0
  let since = 0
  let total = 0
  let e = 0
  for (let s = 0; s < starts.length; s++) {
    const start = starts[s]!
    for (; e < ends.length && ends[e]! < start; e++) {
      if (--open === 0) total += ends[e]! - since
    }
    if (open++ === 0) since = start
  }
  if (open > 0) total += ends[ends.length - 1]! - since
  return total
}

/** The same for intervals in order of start, which needs no copies; undefined where they are not. */
function unionInOrder(
  startNs: ArrayLike<number>,
  durationNs: ArrayLike<number>,
  select?: (i: number) => boolean,
): number | undefined {
  let lastNs = -Infinity
  let until = -Infinity
  let total = 0
  for (let i = 0; i < startNs.length; i++) {
    const ns = durationNs[i]!
    if (!(ns > 0) || (select !== undefined && !select(i))) continue
    const start = startNs[i]!
    if (start < lastNs) return undefined
    lastNs = start
    const end = start + ns
    if (end <= until) continue
    total += end - Math.max(start, until)
    until = end
  }
  return total
}

/** Starts and ends in ascending order, each by itself: enough to know how many intervals are open. */
function sides(
  startNs: ArrayLike<number>,
  durationNs: ArrayLike<number>,
  select?: (i: number) => boolean,
): { starts: Float64Array; ends: Float64Array } {
  const starts = new Float64Array(startNs.length)
  const ends = new Float64Array(startNs.length)
  let count = 0
  for (let i = 0; i < startNs.length; i++) {
    if (!(durationNs[i]! > 0) || (select !== undefined && !select(i))) continue
    starts[count] = startNs[i]!
    ends[count] = startNs[i]! + durationNs[i]!
    count++
  }
  return { starts: starts.subarray(0, count).sort(), ends: ends.subarray(0, count).sort() }
}

/** Time in which the first set runs and the second does not. */
export function exposedNs(
  startNs: ArrayLike<number>,
  durationNs: ArrayLike<number>,
  first: (i: number) => boolean,
  second: (i: number) => boolean,
): number {
  const both = unionNs(startNs, durationNs, (i) => first(i) || second(i))
  return both - unionNs(startNs, durationNs, second)
}

/**
 * Time in each combination of sets: element `m` of the result is the time that lies in exactly the
 * sets whose bit is set in `m`, between the first start and the last end (element 0: in none).
 */
export function regionsNs(sets: readonly IntervalSet[]): Float64Array {
  const regions = new Float64Array(1 << sets.length)
  const next = sets.map(() => 0)
  const inside = sets.map(() => false)
  let mask = 0
  let now = Infinity
  for (const set of sets) if (set.count > 0) now = Math.min(now, set.startNs[0]!)
  for (;;) {
    let at = Infinity
    for (let s = 0; s < sets.length; s++) {
      const set = sets[s]!
      const i = next[s]!
      if (i < set.count) at = Math.min(at, inside[s] ? set.endNs[i]! : set.startNs[i]!)
    }
    if (at === Infinity) return regions
    regions[mask] = regions[mask]! + (at - now)
    now = at
    for (let s = 0; s < sets.length; s++) {
      const set = sets[s]!
      const i = next[s]!
      if (i >= set.count) continue
      if (inside[s] && set.endNs[i] === at) {
        inside[s] = false
        mask &= ~(1 << s)
        next[s] = i + 1
      } else if (!inside[s] && set.startNs[i] === at) {
        inside[s] = true
        mask |= 1 << s
      }
    }
  }
}

/** The part of a set inside [startNs, endNs). */
export function clip(set: IntervalSet, startNs: number, endNs: number): IntervalSet {
  const starts: number[] = []
  const ends: number[] = []
  for (let i = bisectLeft(set.endNs, startNs, 0, set.count); i < set.count; i++) {
    if (set.startNs[i]! >= endNs) break
    const start = Math.max(startNs, set.startNs[i]!)
    const end = Math.min(endNs, set.endNs[i]!)
    if (end > start) {
      starts.push(start)
      ends.push(end)
    }
  }
  return { count: starts.length, startNs: new Float64Array(starts), endNs: new Float64Array(ends) }
}
