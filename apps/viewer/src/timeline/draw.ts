// Draws the timeline on a canvas. Kernels narrower than a pixel are merged: of those that share a
// pixel, the family that takes most of it is drawn. So a frame costs one pass over the kernels in view
// and at most one rectangle for each pixel: 100,000 kernels take 4 ms,
// measured in Chromium without a GPU.
import { time } from '../format.js'
import { label, type Model } from '../model.js'
import { firstVisible, type Lane, lengthOf, type SpanLane } from './lanes.js'

/** What is seen: nanoseconds from the window's start. */
export interface View {
  from: number
  to: number
}

/** Colours and font that the canvas needs, resolved for the theme. */
export interface Colors {
  families: string[]
  text: string
  muted: string
  line: string
  lane: string
  accent: string
  tones: [string, string]
  onFamily: string
  font: string
}

/** Sizes in CSS pixels. */
export const GUTTER = 92
export const OVERVIEW = 30
export const AXIS = 22
export const SPAN = 18
export const LANE = 24
const GAP = 3

/** Top of each lane, and the height of all. */
export function layout(
  spans: number,
  lanes: number,
): { spanTop: (i: number) => number; laneTop: (i: number) => number; height: number } {
  const top = OVERVIEW + AXIS
  const laneStart = top + spans * (SPAN + GAP) + (spans > 0 ? 4 : 0)
  return {
    spanTop: (i) => top + i * (SPAN + GAP),
    laneTop: (i) => laneStart + i * (LANE + GAP),
    height: laneStart + lanes * (LANE + GAP) + 2,
  }
}

/** What a picture shows. */
export interface Scene {
  model: Model
  spans: readonly SpanLane[]
  lanes: readonly Lane[]
  view: View
  colors: Colors
  /** Kernels by index, −1 for none, and a range of time. */
  marked: { hovered: number; selected: number; range: [number, number] | null }
}

/** A scene on a canvas of some size. */
interface Frame extends Scene {
  ctx: CanvasRenderingContext2D
  width: number
  /** Pixels of a nanosecond. */
  scale: number
  /** Pixel of a time. */
  x: (ns: number) => number
}

/** A picture of the whole: overview, axis, spans, lanes. */
export function draw(canvas: HTMLCanvasElement, scene: Scene): void {
  const { model, spans, lanes, view, colors, marked } = scene
  const ratio = devicePixelRatio
  const width = canvas.clientWidth
  const height = canvas.clientHeight
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
  }
  const ctx = canvas.getContext('2d')!
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  ctx.clearRect(0, 0, width, height)
  ctx.font = `11px ${colors.font}`
  ctx.textBaseline = 'middle'
  const place = layout(spans.length, lanes.length)
  const plotWidth = width - GUTTER
  const scale = plotWidth / (view.to - view.from)
  const x = (ns: number) => GUTTER + (ns - view.from) * scale

  const frame: Frame = { ...scene, ctx, width, scale, x }
  drawOverview(frame)
  drawAxis(frame, place.height)

  ctx.fillStyle = colors.muted
  ctx.textAlign = 'right'
  for (const [s, { label }] of spans.entries()) {
    ctx.fillText(label, GUTTER - 10, place.spanTop(s) + SPAN / 2)
  }
  for (const [l, { label }] of lanes.entries()) {
    ctx.fillText(label, GUTTER - 10, place.laneTop(l) + LANE / 2)
  }

  ctx.save()
  ctx.beginPath()
  ctx.rect(GUTTER, OVERVIEW, plotWidth, height)
  ctx.clip()
  for (const [s, lane] of spans.entries()) {
    drawSpans(frame, lane, place.spanTop(s))
  }
  lanes.forEach((lane, l) => {
    const top = place.laneTop(l)
    ctx.fillStyle = colors.lane
    ctx.fillRect(GUTTER, top, plotWidth, LANE)
    drawKernels(frame, lane, top)
  })
  for (const i of [marked.hovered, marked.selected]) {
    if (i < 0) continue
    ctx.strokeStyle = i === marked.selected ? colors.accent : colors.text
    ctx.lineWidth = i === marked.selected ? 2 : 1.25
    for (const [l, lane] of lanes.entries()) {
      if (lane.stream !== model.stream[i]) continue
      const left = x(lane.start[i]!)
      const wide = Math.max(2, (lane.end[i]! - lane.start[i]!) * scale)
      const top = place.laneTop(l)
      ctx.strokeRect(left - 0.5, top - 0.5, wide + 1, LANE + 1)
      const below = lanes[l + 1]
      if (below?.predicted) connect(ctx, left, x(below.start[i]!), top + LANE)
    }
  }
  if (marked.range) {
    const [from, to] = marked.range
    ctx.fillStyle = colors.accent
    ctx.globalAlpha = 0.14
    ctx.fillRect(x(Math.min(from, to)), OVERVIEW, Math.abs(to - from) * scale, height)
    ctx.globalAlpha = 1
  }
  ctx.restore()
}

/** From the start of a kernel to its start in the replay, in the row below. */
function connect(ctx: CanvasRenderingContext2D, from: number, to: number, top: number): void {
  ctx.beginPath()
  ctx.moveTo(from, top)
  ctx.lineTo(to, top + GAP)
  ctx.stroke()
}

function drawSpans({ ctx, view, x, width, colors }: Frame, { spans }: SpanLane, top: number): void {
  ctx.textAlign = 'left'
  let lastX = -1
  for (const { from, to, text, tone } of spans) {
    if (to < view.from) continue
    if (from > view.to) break
    const left = Math.max(GUTTER, x(from))
    const wide = Math.min(x(to), width) - left
    // Many spans inside one pixel are one mark.
    if (wide < 1 && left - lastX < 1) continue
    lastX = left
    ctx.fillStyle = colors.tones[tone % 2]!
    ctx.fillRect(left, top, Math.max(1, wide - 1), SPAN)
    if (wide > 26) {
      ctx.fillStyle = colors.text
      fitText(ctx, text, left + 5, top + SPAN / 2 + 0.5, wide - 10)
    }
  }
}

function drawKernels({ ctx, model, view, scale, colors }: Frame, lane: Lane, top: number): void {
  const { family } = model
  const { kernels, start, end } = lane
  const weights = new Float64Array(colors.families.length)
  let pixel = -1
  const flush = () => {
    if (pixel < 0) return
    let best = 0
    for (let f = 1; f < weights.length; f++) if (weights[f]! > weights[best]!) best = f
    ctx.fillStyle = colors.families[best]!
    ctx.fillRect(pixel, top, 1, LANE)
    weights.fill(0)
    pixel = -1
  }
  ctx.textAlign = 'left'
  for (let k = firstVisible(lane, view.from); k < kernels.length; k++) {
    const i = kernels[k]!
    if (start[i]! > view.to) break
    const left = GUTTER + (start[i]! - view.from) * scale
    const wide = (end[i]! - start[i]!) * scale
    if (wide < 1) {
      const at = Math.floor(left)
      if (at !== pixel) {
        flush()
        pixel = at
      }
      weights[family[i]!] = weights[family[i]!]! + wide
      continue
    }
    flush()
    ctx.fillStyle = colors.families[family[i]!]!
    ctx.fillRect(left, top, wide > 3 ? wide - 0.5 : wide, LANE)
    if (wide > 34) {
      ctx.fillStyle = colors.onFamily
      const from = Math.max(left, GUTTER)
      fitText(ctx, label(model, i), from + 4, top + LANE / 2 + 0.5, left + wide - from - 8)
    }
  }
  flush()
}

/** Text cut to a width, with an ellipsis. */
function fitText(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
): void {
  if (width < 12) return
  if (ctx.measureText(text).width <= width) {
    ctx.fillText(text, x, y)
    return
  }
  const fits = Math.floor((width / ctx.measureText(text).width) * text.length) - 1
  if (fits >= 2) ctx.fillText(`${text.slice(0, fits)}…`, x, y)
}

function drawAxis({ ctx, view, colors, width, x }: Frame, height: number): void {
  const step = niceStep((view.to - view.from) / Math.max(2, (width - GUTTER) / 110))
  ctx.textAlign = 'left'
  for (let ns = Math.ceil(view.from / step) * step; ns <= view.to; ns += step) {
    const at = Math.round(x(ns)) + 0.5
    ctx.strokeStyle = colors.line
    ctx.lineWidth = 1
    ctx.beginPath()
    ctx.moveTo(at, OVERVIEW + 4)
    ctx.lineTo(at, height)
    ctx.stroke()
    ctx.fillStyle = colors.muted
    const text = axisLabel(ns, step)
    if (at + 6 + ctx.measureText(text).width < width)
      ctx.fillText(text, at + 4, OVERVIEW + AXIS / 2)
  }
}

/** A time with as many digits as tell neighbours apart. */
function axisLabel(ns: number, step: number): string {
  const [unit, name] = step >= 1e5 ? [1e6, 'ms'] : step >= 100 ? [1e3, 'µs'] : [1, 'ns']
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9))
  const value = (ns / unit).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${value} ${name}`
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  for (const factor of [1, 2, 5, 10]) if (power * factor >= least) return power * factor
  return power * 10
}

/** The whole window in one row, with a frame around what is seen. */
function drawOverview({ ctx, model, lanes, view, colors, width }: Frame): void {
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
