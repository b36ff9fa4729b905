// The rows of the timeline and the search in them.
import type { Model } from '../model.js'
import { type BlockLevel, blocksOf } from './blocks.js'

/** A row of kernels: one stream, as measured or as replayed with predicted times. */
export interface Lane {
  label: string
  /** Place of the stream. */
  stream: number
  predicted: boolean
  /** When each kernel of the model runs, in this row's run. */
  start: Float64Array
  end: Float64Array
  /** Kernels of the stream in order of start. */
  kernels: Uint32Array
  /** Latest end up to each of them, so that a search finds long ones that began early. */
  latestEnd: Float64Array
  /** The same in blocks, for what is narrower than a pixel. */
  blocks: BlockLevel[]
}

/** A row of named stretches: steps or layers. */
export interface SpanLane {
  label: string
  spans: { from: number; to: number; text: string; tone: number }[]
}

/** One row for each stream, by device and number. */
export function streamLanes(model: Model): Lane[] {
  const { page, count, stream, start, end, family } = model
  const { streams } = page
  const devices = new Set(streams.map(({ device }) => device)).size
  const sizes = new Uint32Array(streams.length)
  for (let i = 0; i < count; i++) sizes[stream[i]!]!++
  const lanes = streams.map(({ device, stream: number }, s) => ({
    device,
    number,
    stream: s,
    predicted: false,
    start,
    end,
    label: devices > 1 ? `GPU ${device}, stream ${number}` : `stream ${number}`,
    kernels: new Uint32Array(sizes[s]!),
    latestEnd: new Float64Array(sizes[s]!),
    blocks: [] as BlockLevel[],
  }))
  const filled = new Uint32Array(streams.length)
  for (let i = 0; i < count; i++) {
    const s = stream[i]!
    const lane = lanes[s]!
    const at = filled[s]!++
    lane.kernels[at] = i
    lane.latestEnd[at] = Math.max(at > 0 ? lane.latestEnd[at - 1]! : 0, end[i]!)
  }
  for (const lane of lanes) lane.blocks = blocksOf(lane, family)
  return lanes.sort((a, b) => a.device - b.device || a.number - b.number)
}

/** A row of some of a row's kernels, in order of start. */
function laneOf(lane: Lane, kernels: Uint32Array, family: Uint8Array): Lane {
  const latestEnd = new Float64Array(kernels.length)
  for (let at = 0; at < kernels.length; at++) {
    latestEnd[at] = Math.max(at > 0 ? latestEnd[at - 1]! : 0, lane.end[kernels[at]!]!)
  }
  const row = { ...lane, kernels, latestEnd }
  return { ...row, blocks: blocksOf(row, family) }
}

/** The rows with only the kernels that match, to draw over the pale rest. */
export function matchingLanes(
  { family }: Model,
  lanes: readonly Lane[],
  matches: Uint8Array,
): Lane[] {
  return lanes.map((lane) =>
    laneOf(
      lane,
      lane.kernels.filter((i) => matches[i] === 1),
      family,
    ),
  )
}

/** Each row with that of the replay below it; rows as they are where there is no replay. */
export function withReplay({ replay, family }: Model, lanes: readonly Lane[]): Lane[] {
  if (!replay) return [...lanes]
  const { start, end } = replay
  return lanes.flatMap((lane) => {
    // A replay can run the kernels of overlapping branches in another order.
    const kernels = lane.kernels.slice().sort((a, b) => start[a]! - start[b]! || a - b)
    const row = { ...lane, label: 'predicted', predicted: true, start, end }
    return [lane, laneOf(row, kernels, family)]
  })
}

/** Length of what the rows show, in nanoseconds. */
export function lengthOf({ page }: Model, lanes: readonly Lane[]): number {
  const predicted = lanes.filter((lane) => lane.predicted)
  return Math.max(
    1,
    page.budget.windowNs,
    ...predicted.map(({ latestEnd }) => latestEnd.at(-1) ?? 0),
  )
}

/** A row of steps and one of layers, where the trace has them. */
export function spanLanes(model: Model): SpanLane[] {
  const { page } = model
  const lanes: SpanLane[] = []
  if (page.steps) {
    lanes.push({
      label: 'steps',
      spans: page.steps.steps.map(({ name, phase, tokens, startNs, durationNs }, i) => {
        const from = startNs - page.budget.startNs
        const what =
          phase === 'unknown' ? name : `${phase} ${tokens === null ? '' : `· ${tokens} tokens`}`
        return { from, to: from + durationNs, text: `${i} ${what}`, tone: i }
      }),
    })
  }
  if (page.layers) lanes.push({ label: 'layers', spans: layerSpans(model) })
  return lanes
}

/** Stretches of the busiest stream in which the layer stays the same. */
function layerSpans({ page, count, stream, layer, start, end }: Model): SpanLane['spans'] {
  const sizes = new Uint32Array(page.streams.length)
  for (let i = 0; i < count; i++) if (layer[i]! >= 0) sizes[stream[i]!]!++
  const main = sizes.indexOf(Math.max(...sizes))
  const spans: SpanLane['spans'] = []
  let current = -1
  for (let i = 0; i < count; i++) {
    if (stream[i] !== main) continue
    const at = layer[i]!
    if (at >= 0 && at === current) spans.at(-1)!.to = Math.max(spans.at(-1)!.to, end[i]!)
    else if (at >= 0) {
      const name = page.layers!.names[at]!
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
export function kernelAt(lane: Lane, ns: number, slackNs: number): number {
  const { start, end } = lane
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
