// Takes the scanner's events into columns.
import type { Repairs } from '../repairs.js'
import { BEGIN, END } from '../scan/event-text.js'
import { micros, readMicros } from '../scan/numbers.js'
import { Interest, type ScannedEvent, type ScanSink } from '../scan/scanned-event.js'
import { EventArgs } from './event-args.js'
import { BytesInterner } from './interner.js'
import { PackedFrames } from './packed-frames.js'
import {
  readActivity,
  readAnnotation,
  readOperator,
  readRuntimeCall,
  readSynchronization,
} from './read-members.js'
import { Role } from './roles.js'
import { settleTimes, TimeExtremes } from './settle-times.js'
import { type EventColumns, HostColumns, TraceStore } from './trace-store.js'

/** Which events to keep beyond kernels, launches, operators and annotations. */
export interface CollectOptions {
  /** Part that events of a category play. */
  roleOf: (category: string) => Role
  pythonFrames: boolean
  synchronizations: boolean
  /** Names of kernels at their launches. */
  launchedKernels: boolean
  /** Numbers of the calls of operators in PyTorch. */
  recordFunctions: boolean
  /** Python frames beyond which they are packed. */
  frameLimit: number
  /** Bytes of packed frames beyond which none are kept, since the trace can be read again for them. */
  packedLimit: number
}

export class Collector implements ScanSink {
  readonly store: TraceStore
  /** There were too many frames; FrameCollector can read those that count. */
  lacksFrames = false
  /** There were many frames; `keepEnclosing` takes those that count. */
  packedFrames: PackedFrames | undefined
  /** Whole microseconds that all times count from; known at the end. */
  baseMicros = 0
  /** Events that the scanner handed over. */
  seen = 0
  /** Members of the top-level object as JSON text. */
  readonly headers: Map<string, string> = new Map()

  readonly #categories = new BytesInterner()
  readonly #roles: Role[] = []
  readonly #categoryBytes: Uint8Array[] = []
  #lastCategory: Uint8Array = new Uint8Array(0)
  #lastRole = Role.None
  readonly #args: EventArgs
  readonly #extremes = new TimeExtremes()
  /** Begun and not ended, for each thread: the columns and row, or null for what is not kept. */
  readonly #open = new Map<
    number,
    ({ columns: EventColumns; row: number; byte: number } | null)[]
  >()
  #event: ScannedEvent | undefined
  #hasBegunFrames = false

  constructor(
    private readonly options: CollectOptions,
    private readonly repairs: Repairs,
  ) {
    this.store = new TraceStore((buf, start, end) => this.#checkName(buf, start, end))
    this.#args = new EventArgs(this.store.texts)
  }

  interest(buf: Uint8Array, start: number, end: number): Interest {
    const role = this.#roleOf(buf, start, end)
    if (role === Role.None) return Interest.None
    return role === Role.PythonFrame ? Interest.Fields : Interest.All
  }

  header(key: string, json: string): void {
    this.headers.set(key, json)
  }

  event(event: ScannedEvent): void {
    this.#event = event
    this.seen++
    if (event.ph === END) {
      this.#endOpen(event)
      return
    }
    // The scanner has just asked for the interest in this category.
    const role = event.cat.start < 0 ? Role.None : this.#lastRole
    if (role === Role.None) {
      if (event.ph === BEGIN) this.#openList(event).push(null)
      this.store.skippedCount++
      return
    }
    const { buf, ts, dur, name } = event
    if (ts.start < 0 || !readMicros(buf, ts.start, ts.end)) {
      this.repairs.add('missing_timestamp', event.base + event.start)
      return
    }
    const { whole, nanos } = micros
    let duration = 0
    if (event.ph !== BEGIN) {
      if (dur.start >= 0 && readMicros(buf, dur.start, dur.end)) {
        duration = micros.whole * 1000 + micros.nanos
        if (duration < 0) {
          this.repairs.add('negative_duration', event.base + event.start)
          duration = 0
        }
      } else this.repairs.add('missing_duration', event.base + event.start)
    }
    this.#extremes.add(whole, duration, event.base + event.start)
    if (role === Role.Synchronization) {
      this.#args.open(event)
      readSynchronization(this.#args, this.store.synchronizations)
      this.store.skippedCount++
      return
    }
    if (role === Role.PythonFrame && this.packedFrames !== undefined) {
      this.#packFrame(event, this.packedFrames, whole, nanos, duration)
      return
    }
    const { names, frames } = this.store
    const columns = this.#columnsOf(role)
    columns.start.push(whole)
    columns.nanos.push(nanos)
    columns.duration.push(duration)
    columns.name.push(
      name.start < 0 ? names.intern(buf, 0, 0) : names.intern(buf, name.start, name.end),
    )
    if (role === Role.PythonFrame) {
      frames.thread.push(this.#thread(event))
      if (event.ph === BEGIN) this.#hasBegunFrames = true
      if (frames.length > this.options.frameLimit) this.#packFrames()
    } else if (role !== Role.ProfilerSpan) this.#members(event, role)
    if (event.ph === BEGIN) {
      const byte = event.base + event.start
      this.#openList(event).push({ columns, row: columns.length - 1, byte })
    }
  }

  /** Packs all frames so far, and those to come. A begin waits for its end and cannot be packed. */
  #packFrames(): void {
    if (this.#hasBegunFrames) {
      this.#dropFrames()
      return
    }
    this.packedFrames = new PackedFrames()
    this.packedFrames.addAll(this.store.frames)
    this.store.frames = new HostColumns()
  }

  #packFrame(
    event: ScannedEvent,
    packed: PackedFrames,
    whole: number,
    nanos: number,
    duration: number,
  ): void {
    const { buf, name, ph } = event
    if (ph === BEGIN || packed.bytes > this.options.packedLimit) {
      this.#dropFrames()
      this.store.skippedCount++
      if (ph === BEGIN) this.#openList(event).push(null)
      return
    }
    const { names } = this.store
    const id = name.start < 0 ? names.intern(buf, 0, 0) : names.intern(buf, name.start, name.end)
    packed.add(whole, nanos, duration, id, this.#thread(event))
  }

  #dropFrames(): void {
    this.store.skippedCount += this.store.frames.length + (this.packedFrames?.count ?? 0)
    this.packedFrames = undefined
    this.store.frames = new HostColumns()
    this.lacksFrames = true
    this.#roles.forEach((role, id) => {
      if (role === Role.PythonFrame) this.#roles[id] = Role.None
    })
    if (this.#lastRole === Role.PythonFrame) this.#lastRole = Role.None
  }

  #members(event: ScannedEvent, role: Role): void {
    const args = this.#args
    const { operators, runtime, annotations, names, texts } = this.store
    args.open(event)
    switch (role) {
      case Role.Operator:
        operators.thread.push(this.#thread(event))
        readOperator(args, operators, texts, this.options.recordFunctions)
        break
      case Role.Runtime:
        runtime.thread.push(this.#thread(event))
        readRuntimeCall(args, runtime, this.options.launchedKernels ? names : undefined)
        break
      case Role.HostAnnotation:
      case Role.DeviceAnnotation:
        annotations.thread.push(this.#thread(event))
        readAnnotation(args, this.store, role)
        break
      default:
        readActivity(event, args, this.store, role)
    }
  }

  /** Reports what was begun and never ended, and gives all times their base. */
  finish(): void {
    for (const list of this.#open.values()) {
      for (const entry of list) if (entry !== null) this.repairs.add('unclosed_begin', entry.byte)
    }
    this.baseMicros = settleTimes(this.store, this.#extremes, this.repairs)
  }

  #columnsOf(role: Role): EventColumns {
    switch (role) {
      case Role.PythonFrame:
        return this.store.frames
      case Role.Operator:
        return this.store.operators
      case Role.Runtime:
        return this.store.runtime
      case Role.HostAnnotation:
      case Role.DeviceAnnotation:
        return this.store.annotations
      case Role.ProfilerSpan:
        return this.store.spans
      default:
        return this.store.device
    }
  }

  #roleOf(buf: Uint8Array, start: number, end: number): Role {
    // Events of one category come in long runs.
    const last = this.#lastCategory
    if (end - start === last.length) {
      let at = 0
      while (at < last.length && buf[start + at] === last[at]) at++
      if (at === last.length) return this.#lastRole
    }
    const id = this.#categories.intern(buf, start, end)
    let role = this.#roles[id]
    if (role === undefined) {
      role = this.options.roleOf(this.#categories.text(id))
      const hasFrames = this.options.pythonFrames && !this.lacksFrames
      if (role === Role.PythonFrame && !hasFrames) role = Role.None
      if (role === Role.Synchronization && !this.options.synchronizations) role = Role.None
      this.#roles[id] = role
    }
    this.#lastCategory = this.#categoryBytes[id] ??= buf.slice(start, end)
    this.#lastRole = role
    return role
  }

  #thread(event: ScannedEvent): number {
    return this.store.threads.intern(event.buf, event.pid, event.tid)
  }

  #openList(event: ScannedEvent) {
    const thread = this.#thread(event)
    const list = this.#open.get(thread) ?? []
    this.#open.set(thread, list)
    return list
  }

  #endOpen(event: ScannedEvent): void {
    const entry = this.#openList(event).pop()
    if (entry === undefined) {
      this.repairs.add('unmatched_end', event.base + event.start)
      return
    }
    if (entry === null) {
      this.store.skippedCount++
      return
    }
    const { columns, row } = entry
    const byte = event.base + event.start
    if (event.ts.start < 0 || !readMicros(event.buf, event.ts.start, event.ts.end)) {
      this.repairs.add('missing_timestamp', byte)
      return
    }
    this.store.skippedCount++
    const duration =
      (micros.whole - columns.start.data[row]!) * 1000 + micros.nanos - columns.nanos.data[row]!
    if (duration < 0) this.repairs.add('negative_duration', byte)
    this.#extremes.add(micros.whole, duration, byte)
    columns.duration.data[row] = Math.max(0, duration)
  }

  #checkName(buf: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      if (buf[i]! < 0x20) {
        this.repairs.add('control_character', (this.#event?.base ?? 0) + i)
        return
      }
    }
  }
}
