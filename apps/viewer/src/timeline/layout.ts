// Where the rows of the timeline lie.
import type { HostLane } from './host.js'
import type { Lane, SpanLane } from './lanes.js'

/** Sizes in CSS pixels. */
export const GUTTER = 92
export const OVERVIEW = 30
export const AXIS = 22
export const SPAN = 18
export const LANE = 24
/** A row of a thread of the host. */
export const HOST = 15
/** Between rows. */
export const GAP = 3

/** Rows of the picture from above: spans, threads of the host with their rows, streams. */
export interface Rows {
  spans: readonly SpanLane[]
  host: readonly HostLane[]
  lanes: readonly Lane[]
}

/** Top of each row, and the height of all. */
export function layout({ spans, host, lanes }: Rows): {
  spanTop: (i: number) => number
  hostTop: (i: number) => number
  laneTop: (i: number) => number
  height: number
} {
  const top = OVERVIEW + AXIS
  let at = top + spans.length * (SPAN + GAP) + (spans.length > 0 ? 4 : 0)
  const hostTops = host.map(({ rows }) => {
    const own = at
    at += Math.max(1, rows.length) * HOST + 6
    return own
  })
  const laneStart = at
  return {
    spanTop: (i) => top + i * (SPAN + GAP),
    hostTop: (i) => hostTops[i]!,
    laneTop: (i) => laneStart + i * (LANE + GAP),
    height: laneStart + lanes.length * (LANE + GAP) + 2,
  }
}
