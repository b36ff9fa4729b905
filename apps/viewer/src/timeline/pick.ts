// What lies under a pixel of the timeline.
import { HOST_KINDS } from '@flowsim/trace-schema'
import { percent, time } from '../format.js'
import type { Model } from '../model.js'
import { firstSpanAfter, hostBefore, shareWords, spanName } from './host.js'
import { firstVisible, kernelAt, type Lane } from './lanes.js'
import { GUTTER, HOST, LANE, layout, type Rows, SPAN } from './layout.js'
import type { View } from './view.js'

/** What the canvas shows, and how wide. */
export interface Picture extends Rows {
  model: Model
  view: View
  /** Pixels of the view. */
  plotWidth: number
}

function nsAt({ view, plotWidth }: Picture, x: number): number {
  return view.from + ((x - GUTTER) / plotWidth) * (view.to - view.from)
}

function laneUnder(picture: Picture, x: number, y: number): number {
  if (x < GUTTER) return -1
  const { laneTop } = layout(picture)
  return picture.lanes.findIndex((_, l) => y >= laneTop(l) - 1 && y <= laneTop(l) + LANE + 1)
}

/** The kernel under a pixel, or nearest within two; −1 for none. */
export function kernelUnder(picture: Picture, x: number, y: number): number {
  const { lanes, view, plotWidth } = picture
  const lane = laneUnder(picture, x, y)
  if (lane < 0) return -1
  const slack = (2 * (view.to - view.from)) / plotWidth
  return kernelAt(lanes[lane]!, nsAt(picture, x), slack)
}

/** The span of the host under a pixel; −1 for none. */
export function hostSpanUnder(picture: Picture, x: number, y: number): number {
  const { model, host, view, plotWidth } = picture
  if (!model.host || x < GUTTER) return -1
  const { hostTop } = layout(picture)
  const slack = (view.to - view.from) / plotWidth
  const ns = nsAt(picture, x)
  for (const [h, { rows }] of host.entries()) {
    const row = rows[Math.floor((y - hostTop(h)) / HOST)]
    if (y < hostTop(h) || !row) continue
    const span = row[firstSpanAfter(model.host, row, ns - slack)] ?? -1
    return span >= 0 && model.host.start[span]! <= ns + slack ? span : -1
  }
  return -1
}

/** What is told of a place without a kernel: a step, a layer, a span of the host, an idle gap; empty for none. */
export function textAt(picture: Picture, x: number, y: number): string {
  const { model, spans } = picture
  if (x < GUTTER) return ''
  const { spanTop } = layout(picture)
  const window = Math.max(1, model.page.budget.windowNs)
  const ofWindow = (ns: number) => `${time(ns)}, ${percent(ns / window)} of the window`
  const ns = nsAt(picture, x)
  const row = spans.find((_, s) => y >= spanTop(s) && y <= spanTop(s) + SPAN)
  if (row) {
    const span = row.spans.find(({ from, to }) => ns >= from && ns <= to)
    return span ? `${span.text}: ${ofWindow(span.to - span.from)}` : ''
  }
  const own = hostSpanUnder(picture, x, y)
  if (own >= 0) {
    const { start, end, kind } = model.host!
    const what = HOST_WORDS[HOST_KINDS[kind[own]!]!]
    return `${spanName(model, own)}: ${what}, ${ofWindow(end[own]! - start[own]!)}`
  }
  const lane = picture.lanes[laneUnder(picture, x, y)]
  const gap = lane && !lane.predicted ? gapAt(lane, ns) : null
  if (!gap) return ''
  const { from, to, before } = gap
  const did = hostBefore(model, from, to, before)
  const words = did ? shareWords(did.shares, to - from) : []
  const host = words.length > 0 ? `; meanwhile thread ${did!.thread}: ${words.join(', ')}` : ''
  return `idle: ${ofWindow(to - from)}${host}`
}

const HOST_WORDS = {
  annotation: 'annotation',
  operator: 'operator',
  frame: 'Python',
  call: 'runtime call',
}

/** The idle time of a row around a time, and the kernel that ends it; null where a kernel runs, or at the ends. */
function gapAt(lane: Lane, ns: number): { from: number; to: number; before: number } | null {
  const next = firstVisible(lane, ns)
  const kernel = lane.kernels[next]
  if (next === 0 || kernel === undefined || lane.start[kernel]! <= ns) return null
  return { from: lane.latestEnd[next - 1]!, to: lane.start[kernel]!, before: kernel }
}
