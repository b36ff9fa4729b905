// The control of the timeline's canvas: its view, and what pointer, wheel and keys do to it.
import type { Model } from '../model.js'
import { type Colors, colorsOf } from './colors.js'
import { draw } from './draw.js'
import { launchedBy } from './host.js'
import { type Lane, lengthOf } from './lanes.js'
import { GUTTER, OVERVIEW, type Rows } from './layout.js'
import { hostSpanUnder, kernelUnder, type Picture, textAt } from './pick.js'
import { around, inside, moved, type View, zoomed } from './view.js'

/** What is shown beside the pointer: a kernel, or a text where that is -1. */
export interface Tip {
  x: number
  y: number
  kernel: number
  text: string
}

/** Pixels from the end of the window at which a mark ends there. */
const NEAR = 4

/** A pointer that is held down: what it does, where it began, and whether it moved since. */
interface Drag {
  does: 'overview' | 'pan' | 'stretch'
  x: number
  view: View
  moved: boolean
}

/** What the control tells its page. */
interface Hooks {
  setTip: (tip: Tip | null) => void
  select: (kernel: number) => void
  /** What is seen changed; null for the whole window. */
  setView: (view: View | null) => void
  setStretch: (stretch: View | null) => void
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
  #stretch: View | null = null
  #found: Lane[] | null = null
  #drag: Drag | null = null
  /** Pixel of the pointer, for zooming by keys; null where it is elsewhere. */
  #pointer: number | null = null
  #frame = 0

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly model: Model,
    readonly rows: Rows,
    readonly hooks: Hooks,
    /** The control before, whose view and selection stay. */
    before: Control | null,
  ) {
    this.#total = lengthOf(model, rows.lanes)
    const isZoomed = before && before.#view.to - before.#view.from < before.#total
    this.#view = isZoomed ? before.#view : { from: 0, to: this.#total }
    this.#selected = before ? before.#selected : -1
    this.#stretch = before ? before.#stretch : null
    this.#colors = colorsOf(model)
    const { signal } = this.#abort
    canvas.addEventListener('pointerdown', this.#down, { signal })
    canvas.addEventListener('pointermove', this.#move, { signal })
    canvas.addEventListener('pointerup', this.#up, { signal })
    canvas.addEventListener('pointerleave', this.#leave, { signal })
    canvas.addEventListener('wheel', this.#wheel, { signal, passive: false })
    canvas.addEventListener('keydown', this.#key, { signal })
    canvas.addEventListener('dblclick', () => this.showAll(), { signal })
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
  show(view: View): void {
    this.#view = inside(view, this.#total)
    const isAll = this.#view.from === 0 && this.#view.to === this.#total
    this.hooks.setView(isAll ? null : this.#view)
    this.#request()
  }

  /** Shows the whole window. */
  showAll(): void {
    this.show({ from: 0, to: this.#total })
  }

  /** Shows the marked stretch, or the selected kernel; the whole window where there is neither. */
  fit(): void {
    if (this.#stretch) this.show(around(this.#stretch, 0.02))
    else if (this.#selected >= 0) {
      const from = this.model.start[this.#selected]!
      this.show(around({ from, to: this.model.end[this.#selected]! }, 1))
    } else this.showAll()
  }

  /** Zooms by a factor, around the pointer or else the middle. */
  zoom(factor: number): void {
    const { from, to } = this.#view
    this.#zoom(factor, this.#pointer === null ? (from + to) / 2 : this.#nsAt(this.#pointer))
  }

  /** Marks a stretch; null for none. */
  markStretch(stretch: View | null): void {
    this.#stretch = stretch
    this.#request()
  }

  /** Shows in full colour only what a search found; null for everything. */
  highlight(found: Lane[] | null): void {
    this.#found = found
    this.#request()
  }

  /** Marks a kernel and brings it into view. */
  mark(kernel: number): void {
    this.#selected = kernel
    if (kernel >= 0) {
      const start = this.model.start[kernel]!
      const end = this.model.end[kernel]!
      const { from, to } = this.#view
      const wide = ((end - start) / (to - from)) * this.#plotWidth()
      if (start < from || end > to || wide < 2) {
        this.show(around({ from: start, to: end }, 20))
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
      ...this.rows,
      found: this.#found,
      view: this.#view,
      colors: this.#colors,
      marked: { hovered: this.#hovered, selected: this.#selected, stretch: this.#stretch },
    })
  }

  #plotWidth(): number {
    return this.canvas.clientWidth - GUTTER
  }

  #nsAt(x: number): number {
    const { from, to } = this.#view
    return from + ((x - GUTTER) / this.#plotWidth()) * (to - from)
  }

  /** The time at a pixel; the end of the window where that is a few pixels away or less. */
  #endAt(x: number): number {
    const ns = this.#nsAt(x)
    const near = this.#nsAt(x + NEAR) - ns
    return ns < near ? 0 : ns > this.#total - near ? this.#total : ns
  }

  #zoom(factor: number, aroundNs: number): void {
    this.show(zoomed(this.#view, factor, aroundNs))
  }

  readonly #down = (event: PointerEvent) => {
    if (event.button !== 0) return
    this.canvas.setPointerCapture(event.pointerId)
    const isOverview = event.offsetY < OVERVIEW
    const pans = event.shiftKey || event.pointerType === 'touch' || event.offsetX < GUTTER
    const does = isOverview ? 'overview' : pans ? 'pan' : 'stretch'
    this.#drag = { does, x: event.offsetX, view: this.#view, moved: false }
    if (isOverview) this.#centre(event.offsetX)
    this.hooks.setTip(null)
  }

  readonly #move = (event: PointerEvent) => {
    this.#pointer = Math.max(GUTTER, event.offsetX)
    const drag = this.#drag
    if (!drag) {
      this.#hover(event)
      return
    }
    if (Math.abs(event.offsetX - drag.x) > 3) drag.moved = true
    if (drag.does === 'overview') this.#centre(event.offsetX)
    if (!drag.moved) return
    if (drag.does === 'pan') {
      this.show(moved(drag.view, (drag.x - event.offsetX) / this.#plotWidth()))
    } else if (drag.does === 'stretch') {
      const ends = [this.#endAt(drag.x), this.#endAt(event.offsetX)]
      this.markStretch({ from: Math.min(...ends), to: Math.max(...ends) })
    }
  }

  readonly #up = (event: PointerEvent) => {
    const drag = this.#drag
    this.#drag = null
    if (!drag || drag.does === 'overview') return
    if (!drag.moved) {
      this.markStretch(null)
      this.hooks.setStretch(null)
      this.hooks.select(this.#pick(event))
    } else if (drag.does === 'stretch') this.hooks.setStretch(this.#stretch)
  }

  readonly #leave = () => {
    this.#hovered = -1
    this.#pointer = null
    this.hooks.setTip(null)
    this.#request()
  }

  readonly #wheel = (event: WheelEvent) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey
    const active = document.activeElement === this.canvas || event.ctrlKey || event.metaKey
    if (!active && !sideways) return
    event.preventDefault()
    if (sideways) this.show(moved(this.#view, (event.deltaX || event.deltaY) / this.#plotWidth()))
    else this.#zoom(1.0025 ** event.deltaY, this.#nsAt(Math.max(GUTTER, event.offsetX)))
    this.hooks.setTip(null)
  }

  readonly #key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const action = this.#actions[key]
    if (!action) return
    event.preventDefault()
    action()
  }

  readonly #left = () => this.show(moved(this.#view, -1 / 8))
  readonly #right = () => this.show(moved(this.#view, 1 / 8))
  readonly #closer = () => this.zoom(0.7)
  readonly #farther = () => this.zoom(1 / 0.7)

  /** What keys do, by name or lower-case letter. */
  readonly #actions: Record<string, () => void> = {
    a: this.#left,
    ArrowLeft: this.#left,
    d: this.#right,
    ArrowRight: this.#right,
    w: this.#closer,
    ArrowUp: this.#closer,
    '+': this.#closer,
    '=': this.#closer,
    s: this.#farther,
    ArrowDown: this.#farther,
    '-': this.#farther,
    f: () => this.fit(),
    '0': () => this.showAll(),
    Home: () => this.showAll(),
    '[': () => this.#step(-1),
    ']': () => this.#step(1),
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
    const middle = ((x - GUTTER) / this.#plotWidth()) * this.#total
    this.show({ from: middle - (to - from) / 2, to: middle + (to - from) / 2 })
  }

  #picture(): Picture {
    return { model: this.model, ...this.rows, view: this.#view, plotWidth: this.#plotWidth() }
  }

  /** The kernel under the pointer, or the one that the call under it launched; −1 for none. */
  #pick({ offsetX, offsetY }: PointerEvent): number {
    const picture = this.#picture()
    const call = hostSpanUnder(picture, offsetX, offsetY)
    return call >= 0 ? launchedBy(this.model, call) : kernelUnder(picture, offsetX, offsetY)
  }

  #hover(event: PointerEvent): void {
    const kernel = kernelUnder(this.#picture(), event.offsetX, event.offsetY)
    const span = kernel < 0 ? textAt(this.#picture(), event.offsetX, event.offsetY) : ''
    this.canvas.style.cursor =
      kernel >= 0 ? 'pointer' : event.offsetY < OVERVIEW ? 'ew-resize' : 'crosshair'
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
}
