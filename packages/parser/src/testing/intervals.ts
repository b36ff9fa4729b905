// Sums and unions of intervals, for readings that tests make by themselves.

/** Number, sum and length of the union of intervals, in the unit that they have. */
export function measure(intervals: readonly (readonly [start: number, end: number])[]): {
  count: number
  sum: number
  union: number
} {
  const sorted = [...intervals].sort(([a], [b]) => a - b)
  let union = 0
  let until = -Infinity
  for (const [start, end] of sorted) {
    union += Math.max(0, end - Math.max(start, until))
    until = Math.max(until, end)
  }
  return {
    count: sorted.length,
    sum: sorted.reduce((sum, [start, end]) => sum + end - start, 0),
    union,
  }
}

/** The intervals of events as a KernelTrace has them. */
export function intervalsOf(
  events: readonly { startNs: number; durationNs: number }[],
): [number, number][] {
  return events.map(({ startNs, durationNs }) => [startNs, startNs + durationNs])
}
