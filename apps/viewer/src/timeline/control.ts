// The control of the timeline's canvas: its view, and what pointer, wheel and keys do to it.
import { percent, time } from '../format.js'
import type { Model } from '../model.js'
import { resolveColors } from '../palette.js'
import { type Colors, draw, GUTTER, LANE, layout, OVERVIEW, SPAN, type View } from './draw.js'
import { kernelAt, type Lane, lengthOf, type SpanLane } from './lanes.js'

/** Shortest stretch that can be looked at. */
const SHORTEST_NS = 200

/** What is shown beside the pointer: a kernel, or a text where that is -1. */
export interface Tip {
  x: number
  y: number
  kernel: number
  text: string
}

/** What the control tells its page. */
interface Hooks {
  setTip: (tip: Tip | null) => void
  select: (kernel: number) => void
}

/** The canvas's view and its pointer, wheel and keys. Frames are drawn when something changed. */
export class Control {
  readonly #total: number
  readonly #abort = new AbortController()
  readonly #observer: ResizeObserver
  #view: View
  #colors: Colors
  #hovered = -1
  #selected = -1
  #range: [number, number] | null = null
  #drag: { x: number; view: View; overview: boolean; moved: boolean } | null = null
  #frame = 0

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly model: Model,
    readonly spans: SpanLane[],
    readonly lanes: Lane[],
    readonly hooks: Hooks,
    /** The control before, whose view and selection stay. */
    before: Control | null,
  ) {
    this.#total = lengthOf(model, lanes)
    const isZoomed = before && before.#view.to - before.#view.from < before.#total
    this.#view = isZoomed ? before.#view : { from: 0, to: this.#total }
    this.#selected = before ? before.#selected : -1
    this.#colors = colorsOf(model)
    const { signal } = this.#abort
    canvas.addEventListener('pointerdown', this.#down, { signal })
    canvas.addEventListener('pointermove', this.#move, { signal })
    canvas.addEventListener('pointerup', this.#up, { signal })
    canvas.addEventListener('pointerleave', this.#leave, { signal })
    canvas.addEventListener('wheel', this.#wheel, { signal, passive: false })
    canvas.addEventListener('keydown', this.#key, { signal })
    canvas.addEventListener('dblclick', () => this.show({ from: 0, to: this.#total }), { signal })
    const recolor = () => {
      this.#colors = colorsOf(model)
      this.#request()
    }
    addEventListener('themechange', recolor, { signal })
    addEventListener('scroll', () => hooks.setTip(null), { signal, capture: true, passive: true })
    addEventListener('beforeprint', () => this.#paint(), { signal })
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolor, { signal })
    this.#observer = new ResizeObserver(() => this.#request())
    this.#observer.observe(canvas)
    this.#request()
  }

  stop(): void {
    this.#abort.abort()
    this.#observer.disconnect()
    cancelAnimationFrame(this.#frame)
  }

  /** Shows a stretch, kept inside of the window. */
  show({ from, to }: View): void {
    const length = Math.min(this.#total * 1.04, Math.max(SHORTEST_NS, to - from))
    const middle = (from + to) / 2
    const slack = this.#total * 0.02
    const start = Math.min(Math.max(middle - length / 2, -slack), this.#total + slack - length)
    this.#view =
      length >= this.#total ? { from: 0, to: this.#total } : { from: start, to: start + length }
    this.#request()
  }

  /** Marks a kernel and brings it into view. */
  mark(kernel: number): void {
    this.#selected = kernel
    if (kernel >= 0) {
      const start = this.model.start[kernel]!
      const end = this.model.end[kernel]!
      const { from, to } = this.#view
      const wide = ((end - start) / (to - from)) * (this.canvas.clientWidth - GUTTER)
      if (start < from || end > to || wide < 2) {
        const length = Math.max((end - start) * 40, SHORTEST_NS)
        this.show({ from: start - length / 2, to: end + length / 2 })
      }
    }
    this.#request()
  }

  #request(): void {
    if (this.#frame) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#paint()
    })
  }

  #paint(): void {
    draw(this.canvas, {
      model: this.model,
      spans: this.spans,
      lanes: this.lanes,
      view: this.#view,
      colors: this.#colors,
      marked: { hovered: this.#hovered, selected: this.#selected, range: this.#range },
    })
  }

  #nsAt(x: number): number {
    const { from, to } = this.#view
    return from + ((x - GUTTER) / (this.canvas.clientWidth - GUTTER)) * (to - from)
  }

  #zoom(factor: number, aroundNs: number): void {
    const { from, to } = this.#view
    this.show({
      from: aroundNs - (aroundNs - from) * factor,
      to: aroundNs + (to - aroundNs) * factor,
    })
  }

  readonly #down = (event: PointerEvent) => {
    if (event.button !== 0) return
    this.canvas.setPointerCapture(event.pointerId)
    const overview = event.offsetY < OVERVIEW
    this.#drag = { x: event.offsetX, view: this.#view, overview, moved: false }
    if (event.shiftKey && !overview) {
      const ns = this.#nsAt(event.offsetX)
      this.#range = [ns, ns]
    }
    if (overview) this.#centre(event.offsetX)
    this.hooks.setTip(null)
  }

  readonly #move = (event: PointerEvent) => {
    const drag = this.#drag
    if (!drag) {
      this.#hover(event)
      return
    }
    if (Math.abs(event.offsetX - drag.x) > 3) drag.moved = true
    if (this.#range) {
      this.#range = [this.#range[0], this.#nsAt(event.offsetX)]
      this.#request()
    } else if (drag.overview) {
      this.#centre(event.offsetX)
    } else if (drag.moved) {
      const { from, to } = drag.view
      const shift = ((drag.x - event.offsetX) / (this.canvas.clientWidth - GUTTER)) * (to - from)
      this.show({ from: from + shift, to: to + shift })
    }
  }

  readonly #up = (event: PointerEvent) => {
    const drag = this.#drag
    this.#drag = null
    if (this.#range) {
      const [a, b] = this.#range
      this.#range = null
      if (Math.abs(a - b) > 0) this.show({ from: Math.min(a, b), to: Math.max(a, b) })
    } else if (drag && !drag.moved && !drag.overview) {
      this.hooks.select(this.#kernelAt(event))
    }
    this.#request()
  }

  readonly #leave = () => {
    this.#hovered = -1
    this.hooks.setTip(null)
    this.#request()
  }

  readonly #wheel = (event: WheelEvent) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey
    const active = document.activeElement === this.canvas || event.ctrlKey || event.metaKey
    if (!active && !sideways) return
    event.preventDefault()
    const { from, to } = this.#view
    if (sideways) {
      const shift = ((event.deltaX || event.deltaY) / this.canvas.clientWidth) * (to - from)
      this.show({ from: from + shift, to: to + shift })
    } else {
      this.#zoom(1.0025 ** event.deltaY, this.#nsAt(Math.max(GUTTER, event.offsetX)))
    }
    this.hooks.setTip(null)
  }

  readonly #key = (event: KeyboardEvent) => {
    const { from, to } = this.#view
    const step = (to - from) / 8
    const middle = (from + to) / 2
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.show({ from: from - step, to: to - step }),
      ArrowRight: () => this.show({ from: from + step, to: to + step }),
      ArrowUp: () => this.#zoom(0.7, middle),
      ArrowDown: () => this.#zoom(1 / 0.7, middle),
      '+': () => this.#zoom(0.7, middle),
      '=': () => this.#zoom(0.7, middle),
      '-': () => this.#zoom(1 / 0.7, middle),
      '0': () => this.show({ from: 0, to: this.#total }),
      Home: () => this.show({ from: 0, to: this.#total }),
      '[': () => this.#step(-1),
      ']': () => this.#step(1),
    }
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  /** Selects the kernel before or after the selected one, or the first in view. */
  #step(by: number): void {
    const { start, count: size } = this.model
    let next = this.#selected + by
    if (this.#selected < 0) {
      next = 0
      while (next < size - 1 && start[next]! < this.#view.from) next++
    }
    if (next >= 0 && next < size) this.hooks.select(next)
  }

  #centre(x: number): void {
    const { from, to } = this.#view
    const middle = ((x - GUTTER) / (this.canvas.clientWidth - GUTTER)) * this.#total
    this.show({ from: middle - (to - from) / 2, to: middle + (to - from) / 2 })
  }

  #kernelAt({ offsetX, offsetY }: PointerEvent): number {
    const { laneTop } = layout(this.spans.length, this.lanes.length)
    const lane = this.lanes.findIndex(
      (_, l) => offsetY >= laneTop(l) - 1 && offsetY <= laneTop(l) + LANE + 1,
    )
    if (lane < 0 || offsetX < GUTTER) return -1
    const slack = (2 * (this.#view.to - this.#view.from)) / (this.canvas.clientWidth - GUTTER)
    return kernelAt(this.lanes[lane]!, this.#nsAt(offsetX), slack)
  }

  #hover(event: PointerEvent): void {
    const kernel = this.#kernelAt(event)
    const span = kernel < 0 ? this.#spanAt(event) : ''
    this.canvas.style.cursor =
      kernel >= 0 ? 'pointer' : event.offsetY < OVERVIEW ? 'ew-resize' : 'grab'
    this.hooks.setTip(
      kernel >= 0 || span !== ''
        ? {
            x: event.clientX,
            y: event.clientY,
            kernel,
            text: span,
          }
        : null,
    )
    if (kernel !== this.#hovered) {
      this.#hovered = kernel
      this.#request()
    }
  }

  /** What stands in a row of steps or layers; or the share of the window where the pointer is. */
  #spanAt({ offsetX, offsetY }: PointerEvent): string {
    const { spanTop } = layout(this.spans.length, this.lanes.length)
    const lane = this.spans.find((_, s) => offsetY >= spanTop(s) && offsetY <= spanTop(s) + SPAN)
    if (!lane || offsetX < GUTTER) return ''
    const ns = this.#nsAt(offsetX)
    const span = lane.spans.find(({ from, to }) => ns >= from && ns <= to)
    if (!span) return ''
    const length = span.to - span.from
    const window = Math.max(1, this.model.page.budget.windowNs)
    return `${span.text}: ${time(length)}, ${percent(length / window)} of the window`
  }
}

function colorsOf({ page }: Model): Colors {
  const names = page.families.map((family) => `--family-${family}`)
  const fixed = [
    '--text',
    '--muted',
    '--line',
    '--lane',
    '--accent',
    '--tone-a',
    '--tone-b',
    '--on-family',
  ]
  const colors = resolveColors([...names, ...fixed])
  const rest = colors.slice(names.length)
  return {
    families: colors.slice(0, names.length),
    text: rest[0]!,
    muted: rest[1]!,
    line: rest[2]!,
    lane: rest[3]!,
    accent: rest[4]!,
    tones: [rest[5]!, rest[6]!],
    onFamily: rest[7]!,
    font: getComputedStyle(document.body).fontFamily,
  }
}
