// Lengths of sets of time in which something runs.

/** Length of the union of intervals, in nanoseconds; `select` picks some of them. */
export function unionNs(
  startNs: Float64Array,
  durationNs: Float64Array,
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
  startNs: Float64Array,
  durationNs: Float64Array,
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
  startNs: Float64Array,
  durationNs: Float64Array,
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
  return { starts: ascending(starts.subarray(0, count)), ends: ascending(ends.subarray(0, count)) }
}

function ascending(values: Float64Array): Float64Array {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return values.sort()
  return values
}

/** Time in which the first set runs and the second does not. */
export function exposedNs(
  startNs: Float64Array,
  durationNs: Float64Array,
  first: (i: number) => boolean,
  second: (i: number) => boolean,
): number {
  const both = unionNs(startNs, durationNs, (i) => first(i) || second(i))
  return both - unionNs(startNs, durationNs, second)
}
