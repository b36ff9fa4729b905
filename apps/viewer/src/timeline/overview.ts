// The strip above the timeline: how busy the whole window is, with a frame around what is seen.
import { time } from '../format.js'
import type { Model } from '../model.js'
import type { Frame } from './draw.js'
import { type Lane, lengthOf } from './lanes.js'
import { GUTTER, OVERVIEW } from './layout.js'

/** The whole window in one row. */
export function drawOverview({ ctx, model, lanes, view, colors, width }: Frame): void {
  const total = lengthOf(model, lanes)
  const plotWidth = width - GUTTER
  const buckets = Math.max(1, Math.floor(plotWidth))
  const busy = overviewOf(model, lanes, buckets)
  ctx.fillStyle = colors.lane
  ctx.fillRect(GUTTER, 0, plotWidth, OVERVIEW - 4)
  ctx.fillStyle = colors.muted
  for (let b = 0; b < buckets; b++) {
    const share = Math.min(1, busy[b]!)
    if (share > 0) {
      const tall = Math.max(1, share * (OVERVIEW - 4))
      ctx.fillRect(GUTTER + b, OVERVIEW - 4 - tall, 1, tall)
    }
  }
  ctx.textAlign = 'right'
  ctx.fillStyle = colors.muted
  ctx.fillText(time(total), GUTTER - 10, (OVERVIEW - 4) / 2)
  const left = GUTTER + (view.from / total) * plotWidth
  const wide = Math.max(3, ((view.to - view.from) / total) * plotWidth)
  ctx.fillStyle = colors.accent
  ctx.globalAlpha = 0.13
  ctx.fillRect(left, 0, wide, OVERVIEW - 4)
  ctx.globalAlpha = 1
  ctx.strokeStyle = colors.accent
  ctx.lineWidth = 1
  ctx.strokeRect(left + 0.5, 0.5, Math.max(2, wide - 1), OVERVIEW - 5)
}

const overviews = new WeakMap<readonly Lane[], Map<number, Float64Array>>()

/** Busy share of each bucket of the window: of the busiest measured stream in it. */
function overviewOf(model: Model, lanes: readonly Lane[], buckets: number): Float64Array {
  let known = overviews.get(lanes)
  if (!known) {
    known = new Map()
    overviews.set(lanes, known)
  }
  const cached = known.get(buckets)
  if (cached) return cached
  const size = lengthOf(model, lanes) / buckets
  const busy = new Float64Array(buckets)
  for (const { kernels, predicted, start, end } of lanes) {
    if (predicted) continue
    const lane = new Float64Array(buckets)
    for (const i of kernels) {
      const last = Math.min(buckets - 1, Math.floor(end[i]! / size))
      for (let b = Math.floor(start[i]! / size); b <= last; b++) {
        const overlap = Math.min(end[i]!, (b + 1) * size) - Math.max(start[i]!, b * size)
        if (overlap > 0) lane[b] = lane[b]! + overlap / size
      }
    }
    for (let b = 0; b < buckets; b++) busy[b] = Math.max(busy[b]!, lane[b]!)
  }
  known.clear()
  known.set(buckets, busy)
  return busy
}
