// What of the window is seen, and how it moves: kept inside of the window, never shorter than a few nanoseconds.

/** What is seen: nanoseconds from the window's start. */
export interface View {
  from: number
  to: number
}

/** Shortest stretch that can be looked at, in nanoseconds. */
const SHORTEST_NS = 200
/** Part of the window that can be seen beyond its ends. */
const SLACK = 0.02

/** A view kept inside of a window of some length. */
export function inside({ from, to }: View, totalNs: number): View {
  const slack = totalNs * SLACK
  const length = Math.min(totalNs * (1 + 2 * SLACK), Math.max(SHORTEST_NS, to - from))
  if (length >= totalNs) return { from: 0, to: totalNs }
  const middle = (from + to) / 2
  const start = Math.min(Math.max(middle - length / 2, -slack), totalNs + slack - length)
  return { from: start, to: start + length }
}

/** A view `factor` times as long; the time `aroundNs` stays where it is. */
export function zoomed({ from, to }: View, factor: number, aroundNs: number): View {
  return { from: aroundNs - (aroundNs - from) * factor, to: aroundNs + (to - aroundNs) * factor }
}

/** A view moved by a part of its length. */
export function moved({ from, to }: View, share: number): View {
  const by = (to - from) * share
  return { from: from + by, to: to + by }
}

/** A view of a stretch with a margin on both sides, as a part of its length. */
export function around({ from, to }: View, margin: number): View {
  const by = Math.max(SHORTEST_NS / 2, (to - from) * margin)
  return { from: from - by, to: to + by }
}
