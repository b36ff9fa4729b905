// Takes the scanner's events into columns.
import { Role, roleOf } from '../producers/index.js'
import type { Repairs } from '../repairs.js'
import { BEGIN, END } from '../scan/event-text.js'
import { micros, readMicros } from '../scan/numbers.js'
import { Interest, type ScannedEvent, type ScanSink } from '../scan/scanned-event.js'
import { EventArgs } from './event-args.js'
import { BytesInterner } from './interner.js'
import {
  readActivity,
  readAnnotation,
  readOperator,
  readRuntimeCall,
  readSynchronization,
} from './read-members.js'
import { Threads } from './threads.js'
import {
  AnnotationColumns,
  type CollectiveMembers,
  DeviceColumns,
  type EventColumns,
  HostColumns,
  OperatorColumns,
  RuntimeColumns,
  type Synchronization,
} from './trace-store.js'

/** Which events to keep beyond kernels, launches, operators and annotations. */
export interface CollectOptions {
  pythonFrames: boolean
  synchronizations: boolean
  /** Names of kernels at their launches. */
  launchedKernels: boolean
  /** Python frames beyond which none are kept, since the trace can be read again for them. */
  frameLimit: number
}

export class Collector implements ScanSink {
  readonly names: BytesInterner
  readonly texts: BytesInterner = new BytesInterner()
  readonly threads: Threads = new Threads()
  readonly device: DeviceColumns = new DeviceColumns()
  readonly runtime: RuntimeColumns = new RuntimeColumns()
  readonly operators: OperatorColumns = new OperatorColumns()
  frames: HostColumns = new HostColumns()
  /** There were too many frames; FrameCollector can read those that count. */
  lacksFrames = false
  readonly annotations: AnnotationColumns = new AnnotationColumns()
  readonly collectives: CollectiveMembers[] = []
  /** By the correlation of the call that synchronises. */
  readonly synchronizations: Map<number, Synchronization> = new Map()
  /** Members of the top-level object as JSON text. */
  readonly headers: Map<string, string> = new Map()
  /** What the profiler says it recorded: earliest start and latest end, or NaN. */
  spanStart = Number.NaN
  spanEnd = Number.NaN
  /** Whole microseconds that all columns count from; NaN before the first event. */
  baseMicros = Number.NaN

  readonly #categories = new BytesInterner()
  readonly #roles: Role[] = []
  #lastCategory: Uint8Array = new Uint8Array(0)
  #lastRole = Role.None
  readonly #args = new EventArgs(this.texts)
  /** Begun and not ended, for each thread: the columns and row, or null for what is not kept. */
  readonly #open = new Map<
    number,
    ({ columns: EventColumns; row: number; byte: number } | null)[]
  >()
  #event: ScannedEvent | undefined

  constructor(
    private readonly options: CollectOptions,
    private readonly repairs: Repairs,
  ) {
    this.names = new BytesInterner((buf, start, end) => this.#checkName(buf, start, end))
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
    if (event.ph === END) {
      this.#endOpen(event)
      return
    }
    // The scanner has just asked for the interest in this category.
    const role = event.cat.start < 0 ? Role.None : this.#lastRole
    if (role === Role.None) {
      if (event.ph === BEGIN) this.#openList(event).push(null)
      return
    }
    const { buf, ts, dur, name } = event
    if (ts.start < 0 || !readMicros(buf, ts.start, ts.end)) {
      this.repairs.add('missing_timestamp', event.base + event.start)
      return
    }
    if (Number.isNaN(this.baseMicros)) this.baseMicros = micros.whole
    const start = (micros.whole - this.baseMicros) * 1000 + micros.nanos
    let duration = 0
    if (event.ph !== BEGIN) {
      if (dur.start >= 0 && readMicros(buf, dur.start, dur.end)) {
        duration = Math.max(0, micros.whole * 1000 + micros.nanos)
      } else this.repairs.add('missing_duration', event.base + event.start)
    }
    if (role === Role.ProfilerSpan) {
      if (Number.isNaN(this.spanStart) || start < this.spanStart) this.spanStart = start
      if (Number.isNaN(this.spanEnd) || start + duration > this.spanEnd)
        this.spanEnd = start + duration
      return
    }
    if (role === Role.Synchronization) {
      this.#args.open(event)
      readSynchronization(this.#args, this.synchronizations)
      return
    }
    const columns = this.#columnsOf(role)
    columns.start.push(start)
    columns.duration.push(duration)
    columns.name.push(
      name.start < 0 ? this.names.intern(buf, 0, 0) : this.names.intern(buf, name.start, name.end),
    )
    if (role === Role.PythonFrame) {
      this.frames.thread.push(this.#thread(event))
      if (this.frames.length > this.options.frameLimit) this.#dropFrames()
    } else this.#members(event, role)
    if (event.ph === BEGIN) {
      const byte = event.base + event.start
      this.#openList(event).push({ columns, row: columns.length - 1, byte })
    }
  }

  #dropFrames(): void {
    this.frames = new HostColumns()
    this.lacksFrames = true
    this.#roles.forEach((role, id) => {
      if (role === Role.PythonFrame) this.#roles[id] = Role.None
    })
    if (this.#lastRole === Role.PythonFrame) this.#lastRole = Role.None
  }

  #members(event: ScannedEvent, role: Role): void {
    const args = this.#args
    args.open(event)
    switch (role) {
      case Role.Operator:
        this.operators.thread.push(this.#thread(event))
        readOperator(args, this.operators, this.texts)
        break
      case Role.Runtime: {
        const names = this.options.launchedKernels ? this.names : undefined
        this.runtime.thread.push(this.#thread(event))
        readRuntimeCall(args, this.runtime, names)
        break
      }
      case Role.HostAnnotation:
      case Role.DeviceAnnotation:
        this.annotations.thread.push(this.#thread(event))
        readAnnotation(args, this.annotations, role)
        break
      default:
        readActivity(event, args, this.device, role, this.collectives, this.texts)
    }
  }

  /** Reports what was begun and never ended. */
  finish(): void {
    for (const list of this.#open.values()) {
      for (const entry of list) if (entry !== null) this.repairs.add('unclosed_begin', entry.byte)
    }
  }

  #columnsOf(role: Role): EventColumns {
    switch (role) {
      case Role.PythonFrame:
        return this.frames
      case Role.Operator:
        return this.operators
      case Role.Runtime:
        return this.runtime
      case Role.HostAnnotation:
      case Role.DeviceAnnotation:
        return this.annotations
      default:
        return this.device
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
      role = roleOf(this.#categories.text(id))
      const hasFrames = this.options.pythonFrames && !this.lacksFrames
      if (role === Role.PythonFrame && !hasFrames) role = Role.None
      if (role === Role.Synchronization && !this.options.synchronizations) role = Role.None
      this.#roles[id] = role
    }
    this.#lastCategory = buf.slice(start, end)
    this.#lastRole = role
    return role
  }

  #thread(event: ScannedEvent): number {
    return this.threads.intern(event.buf, event.pid, event.tid)
  }

  #openList(event: ScannedEvent) {
    const thread = this.#thread(event)
    const list = this.#open.get(thread) ?? []
    this.#open.set(thread, list)
    return list
  }

  #endOpen(event: ScannedEvent): void {
    const entry = this.#openList(event).pop()
    if (entry === undefined) this.repairs.add('unmatched_end', event.base + event.start)
    if (entry === undefined || entry === null) return
    const { columns, row } = entry
    if (event.ts.start >= 0 && readMicros(event.buf, event.ts.start, event.ts.end)) {
      const end = (micros.whole - this.baseMicros) * 1000 + micros.nanos
      columns.duration.data[row] = Math.max(0, end - columns.start.data[row]!)
    } else this.repairs.add('missing_timestamp', event.base + event.start)
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
