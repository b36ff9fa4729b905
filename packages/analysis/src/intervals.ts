// Sets of time as sorted, disjoint half-open intervals, and their lengths.

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
 * Length of the union of intervals, in nanoseconds: time that two of them share counts once. The
 * intervals may come in any order; one that ends before it starts is empty. Sums are exact while
 * times are integers below 2^53.
 */
export function unionNs(startNs: ArrayLike<number>, endNs: ArrayLike<number>): number {
  const count = startNs.length
  let sorted = true
  for (let i = 1; i < count && sorted; i++) sorted = startNs[i]! >= startNs[i - 1]!
  if (sorted) return lengthNs(unionSorted(startNs, endNs))
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  order.sort((a, b) => startNs[a]! - startNs[b]!)
  return lengthNs(
    unionSorted(
      Float64Array.from(order, (i) => startNs[i]!),
      Float64Array.from(order, (i) => endNs[i]!),
    ),
  )
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
  for (let i = lowerBound(set.endNs, startNs, set.count); i < set.count; i++) {
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

/** First index whose value is not below `value`, in an ascending array. */
export function lowerBound(
  values: ArrayLike<number>,
  value: number,
  count = values.length,
): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** First index whose value is above `value`, in an ascending array. */
export function upperBound(
  values: ArrayLike<number>,
  value: number,
  count = values.length,
): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
