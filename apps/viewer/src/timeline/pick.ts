// What lies under a pixel of the timeline.
import { percent, time } from '../format.js'
import type { Model } from '../model.js'
import { GUTTER, LANE, layout, SPAN } from './draw.js'
import { kernelAt, type Lane, type SpanLane } from './lanes.js'
import type { View } from './view.js'

/** What the canvas shows, and how wide. */
export interface Picture {
  model: Model
  spans: readonly SpanLane[]
  lanes: readonly Lane[]
  view: View
  /** Pixels of the view. */
  plotWidth: number
}

function nsAt({ view, plotWidth }: Picture, x: number): number {
  return view.from + ((x - GUTTER) / plotWidth) * (view.to - view.from)
}

/** The kernel under a pixel, or nearest within two; −1 for none. */
export function kernelUnder(picture: Picture, x: number, y: number): number {
  const { spans, lanes, view, plotWidth } = picture
  const { laneTop } = layout(spans.length, lanes.length)
  const lane = lanes.findIndex((_, l) => y >= laneTop(l) - 1 && y <= laneTop(l) + LANE + 1)
  if (lane < 0 || x < GUTTER) return -1
  const slack = (2 * (view.to - view.from)) / plotWidth
  return kernelAt(lanes[lane]!, nsAt(picture, x), slack)
}

/** The step or layer under a pixel in words; empty for none. */
export function spanTextAt(picture: Picture, x: number, y: number): string {
  const { model, spans, lanes } = picture
  const { spanTop } = layout(spans.length, lanes.length)
  const lane = spans.find((_, s) => y >= spanTop(s) && y <= spanTop(s) + SPAN)
  if (!lane || x < GUTTER) return ''
  const ns = nsAt(picture, x)
  const span = lane.spans.find(({ from, to }) => ns >= from && ns <= to)
  if (!span) return ''
  const length = span.to - span.from
  const window = Math.max(1, model.page.budget.windowNs)
  return `${span.text}: ${time(length)}, ${percent(length / window)} of the window`
}
