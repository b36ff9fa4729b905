// Draws the timeline on a canvas: overview, axis, spans, rows of kernels, and what is marked in them.
import type { Model } from '../model.js'
import type { Colors } from './colors.js'
import { drawHost } from './draw-host.js'
import { drawKernels } from './draw-kernels.js'
import { fitText } from './fit-text.js'
import { launchOf } from './host.js'
import type { Lane, SpanLane } from './lanes.js'
import { AXIS, GAP, GUTTER, HOST, LANE, layout, OVERVIEW, type Rows, SPAN } from './layout.js'
import { drawOverview } from './overview.js'
import type { View } from './view.js'

/** What a picture shows. */
export interface Scene extends Rows {
  model: Model
  /** The rows with only what a search found; the rest is pale. Null without a search. */
  found: readonly Lane[] | null
  view: View
  colors: Colors
  /** Kernels by index, −1 for none, and a stretch of time. */
  marked: { hovered: number; selected: number; stretch: View | null }
}

/** How much of a kernel's colour is left where a search did not find it. */
const PALE = 0.22

/** A scene on a canvas of some size. */
export interface Frame extends Scene {
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
  const place = layout(scene)
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
  for (const [h, { label }] of scene.host.entries()) {
    fitText(ctx, label, GUTTER - 10, place.hostTop(h) + HOST / 2, GUTTER - 12)
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
  scene.host.forEach((lane, h) => {
    drawHost(frame, lane, place.hostTop(h))
  })
  lanes.forEach((lane, l) => {
    const top = place.laneTop(l)
    ctx.fillStyle = colors.lane
    ctx.fillRect(GUTTER, top, plotWidth, LANE)
    if (scene.found) ctx.globalAlpha = PALE
    drawKernels(frame, lane, top)
    ctx.globalAlpha = 1
    if (scene.found) drawKernels(frame, scene.found[l]!, top)
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
      if (i === marked.selected && !lane.predicted) drawLaunch(frame, i, place, left, top)
      if (below?.predicted) connect(ctx, left, x(below.start[i]!), top + LANE)
    }
  }
  if (marked.stretch) {
    const { from, to } = marked.stretch
    ctx.fillStyle = colors.accent
    ctx.globalAlpha = 0.14
    ctx.fillRect(x(from), OVERVIEW, (to - from) * scale, height)
    ctx.globalAlpha = 1
    ctx.fillRect(x(from) - 0.5, OVERVIEW, 1, height)
    ctx.fillRect(x(to) - 0.5, OVERVIEW, 1, height)
  }
  ctx.restore()
}

/** An arrow from the call that launched a kernel to the kernel. */
function drawLaunch(
  { ctx, model, host, x, colors }: Frame,
  kernel: number,
  place: ReturnType<typeof layout>,
  left: number,
  top: number,
): void {
  const call = launchOf(model, kernel)
  const h = call < 0 ? -1 : host.findIndex(({ thread }) => thread === model.host!.thread[call])
  if (h < 0) return
  const row = host[h]!.rows.findIndex((spans) => spans.includes(call))
  if (row < 0) return
  const from = x(model.host!.start[call]!)
  const callTop = place.hostTop(h) + row * HOST
  ctx.strokeStyle = colors.accent
  ctx.fillStyle = colors.accent
  ctx.lineWidth = 1.5
  const wide = Math.max(2, x(model.host!.end[call]!) - from)
  ctx.strokeRect(from - 0.5, callTop - 0.5, wide + 1, HOST)
  const [fromX, fromY] = [from + wide / 2, callTop + HOST]
  const bend = Math.max(12, (top - fromY) / 2)
  ctx.beginPath()
  ctx.moveTo(fromX, fromY)
  ctx.bezierCurveTo(fromX, fromY + bend, left, top - bend, left, top - 5)
  ctx.stroke()
  ctx.beginPath()
  ctx.moveTo(left, top)
  ctx.lineTo(left - 4, top - 6)
  ctx.lineTo(left + 4, top - 6)
  ctx.fill()
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
