// The rows of the timeline and the search in them.
import type { Model } from '../model.js'

/** A row of kernels: one stream. */
export interface Lane {
  label: string
  /** Kernels of the stream in order of start. */
  kernels: Uint32Array
  /** Latest end up to each of them, so that a search finds long ones that began early. */
  latestEnd: Float64Array
}

/** A row of named stretches: steps or layers. */
export interface SpanLane {
  label: string
  spans: { from: number; to: number; text: string; tone: number }[]
}

/** One row for each stream, by device and number. */
export function streamLanes({ payload, count, stream, end }: Model): Lane[] {
  const { streams } = payload
  const devices = new Set(streams.map(({ device }) => device)).size
  const sizes = new Uint32Array(streams.length)
  for (let i = 0; i < count; i++) sizes[stream[i]!]!++
  const lanes = streams.map(({ device, stream: number }, s) => ({
    device,
    number,
    label: devices > 1 ? `GPU ${device}, stream ${number}` : `stream ${number}`,
    kernels: new Uint32Array(sizes[s]!),
    latestEnd: new Float64Array(sizes[s]!),
  }))
  const filled = new Uint32Array(streams.length)
  for (let i = 0; i < count; i++) {
    const s = stream[i]!
    const lane = lanes[s]!
    const at = filled[s]!++
    lane.kernels[at] = i
    lane.latestEnd[at] = Math.max(at > 0 ? lane.latestEnd[at - 1]! : 0, end[i]!)
  }
  return lanes.sort((a, b) => a.device - b.device || a.number - b.number)
}

/** A row of steps and one of layers, where the trace has them. */
export function spanLanes(model: Model): SpanLane[] {
  const { payload } = model
  const lanes: SpanLane[] = []
  if (payload.steps) {
    lanes.push({
      label: 'steps',
      spans: payload.steps.steps.map(({ name, phase, tokens, startNs, durationNs }, i) => {
        const from = startNs - payload.budget.startNs
        const what =
          phase === 'unknown' ? name : `${phase} ${tokens === null ? '' : `· ${tokens} tokens`}`
        return { from, to: from + durationNs, text: `${i} ${what}`, tone: i }
      }),
    })
  }
  if (payload.layers) lanes.push({ label: 'layers', spans: layerSpans(model) })
  return lanes
}

/** Stretches of the busiest stream in which the layer stays the same. */
function layerSpans({ payload, count, stream, layer, start, end }: Model): SpanLane['spans'] {
  const sizes = new Uint32Array(payload.streams.length)
  for (let i = 0; i < count; i++) if (layer[i]! >= 0) sizes[stream[i]!]!++
  const main = sizes.indexOf(Math.max(...sizes))
  const spans: SpanLane['spans'] = []
  let current = -1
  for (let i = 0; i < count; i++) {
    if (stream[i] !== main) continue
    const at = layer[i]!
    if (at >= 0 && at === current) spans.at(-1)!.to = Math.max(spans.at(-1)!.to, end[i]!)
    else if (at >= 0) {
      const name = payload.layers!.names[at]!
      spans.push({ from: start[i]!, to: end[i]!, text: name, tone: at })
    }
    current = at
  }
  return spans
}

/** Place in the lane of the first kernel that may reach beyond `ns`. */
export function firstVisible(lane: Lane, ns: number): number {
  let low = 0
  let high = lane.kernels.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (lane.latestEnd[middle]! < ns) low = middle + 1
    else high = middle
  }
  return low
}

/** The kernel of a lane under a time, or the nearest one within `slackNs`; −1 for none. */
export function kernelAt({ start, end }: Model, lane: Lane, ns: number, slackNs: number): number {
  let best = -1
  let distance = slackNs
  for (let k = firstVisible(lane, ns - slackNs); k < lane.kernels.length; k++) {
    const i = lane.kernels[k]!
    if (start[i]! > ns + slackNs) break
    const away = ns < start[i]! ? start[i]! - ns : ns > end[i]! ? ns - end[i]! : 0
    // Of kernels under the pointer the one that started last lies on top.
    if (away < distance || (away === distance && away === 0)) {
      best = i
      distance = away
    }
  }
  return best
}
