// Takes the scanner's events into columns.

import { Role, roleOf } from '../producers/index.js'
import type { Repairs } from '../repairs.js'
import { ArgsReader } from '../scan/args-reader.js'
import { BEGIN, END } from '../scan/event-text.js'
import { micros, readInteger, readMicros, readNumber } from '../scan/numbers.js'
import { Interest, type ScannedEvent, type ScanSink, type Span } from '../scan/scanned-event.js'
import { ArgField, argField } from './arg-fields.js'
import { BytesInterner } from './interner.js'
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
}

export class Collector implements ScanSink {
  readonly names: BytesInterner
  readonly texts: BytesInterner = new BytesInterner()
  readonly threads: Threads = new Threads()
  readonly device: DeviceColumns = new DeviceColumns()
  readonly runtime: RuntimeColumns = new RuntimeColumns()
  readonly operators: OperatorColumns = new OperatorColumns()
  readonly frames: HostColumns = new HostColumns()
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
  readonly #keys = new BytesInterner()
  readonly #fields: ArgField[] = []
  readonly #args = new ArgsReader()
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
      this.#synchronization(event)
      return
    }
    const columns = this.#columnsOf(role)
    columns.start.push(start)
    columns.duration.push(duration)
    columns.name.push(
      name.start < 0 ? this.names.intern(buf, 0, 0) : this.names.intern(buf, name.start, name.end),
    )
    if (role === Role.PythonFrame) this.frames.thread.push(this.#thread(event))
    else if (role === Role.Operator) this.#operator(event)
    else if (role === Role.Runtime) this.#runtimeCall(event)
    else if (role === Role.HostAnnotation || role === Role.DeviceAnnotation) {
      this.#annotation(event, role)
    } else this.#activity(event, role)
    if (event.ph === BEGIN) {
      const byte = event.base + event.start
      this.#openList(event).push({ columns, row: columns.length - 1, byte })
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
      if (role === Role.PythonFrame && !this.options.pythonFrames) role = Role.None
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

  #field(): ArgField {
    const args = this.#args
    const id = this.#keys.intern(args.buf, args.keyStart, args.keyEnd)
    let field = this.#fields[id]
    if (field === undefined) {
      field = argField(this.#keys.text(id))
      this.#fields[id] = field
    }
    return field
  }

  #keyText(): string {
    const args = this.#args
    return this.#keys.text(this.#keys.intern(args.buf, args.keyStart, args.keyEnd))
  }

  #integer(): number {
    return readInteger(this.#args.buf, this.#args.valueStart, this.#args.valueEnd)
  }

  #text(): number {
    return this.texts.intern(this.#args.buf, this.#args.valueStart, this.#args.valueEnd)
  }

  #openArgs(event: ScannedEvent): boolean {
    if (event.args.start < 0) return false
    this.#args.open(event.buf, event.args.start, event.args.end)
    return true
  }

  #runtimeCall(event: ScannedEvent): void {
    const { runtime } = this
    let correlation = -1
    let externalId = -1
    let kernel = -1
    if (this.#openArgs(event)) {
      while (this.#args.next()) {
        const field = this.#field()
        if (field === ArgField.Correlation) correlation = this.#integer()
        else if (field === ArgField.ExternalId) externalId = this.#integer()
        else if (field === ArgField.LaunchedKernel && this.options.launchedKernels) {
          kernel = this.names.intern(this.#args.buf, this.#args.valueStart, this.#args.valueEnd)
        }
      }
    }
    runtime.thread.push(this.#thread(event))
    runtime.correlation.push(correlation)
    runtime.externalId.push(externalId)
    if (this.options.launchedKernels) runtime.kernel.push(kernel)
  }

  #synchronization(event: ScannedEvent): void {
    let correlation = -1
    const found: Synchronization = { stream: -1, waitsForStream: -1, waitsForCorrelation: -1 }
    if (this.#openArgs(event)) {
      while (this.#args.next()) {
        const field = this.#field()
        if (field === ArgField.Correlation) correlation = this.#integer()
        else if (field === ArgField.Stream) found.stream = this.#integer()
        else if (field === ArgField.WaitsForStream) found.waitsForStream = this.#integer()
        else if (field === ArgField.WaitsForCorrelation) found.waitsForCorrelation = this.#integer()
      }
    }
    if (correlation >= 0) this.synchronizations.set(correlation, found)
  }

  #operator(event: ScannedEvent): void {
    const { operators } = this
    let externalId = -1
    let shapes = -1
    let types = -1
    let strides = -1
    let values = -1
    let extra = ''
    if (this.#openArgs(event)) {
      while (this.#args.next()) {
        switch (this.#field()) {
          case ArgField.ExternalId:
            externalId = this.#integer()
            break
          case ArgField.Shapes:
            shapes = this.#text()
            break
          case ArgField.Types:
            types = this.#text()
            break
          case ArgField.Strides:
            strides = this.#text()
            break
          case ArgField.Values:
            values = this.#text()
            break
          case ArgField.Bookkeeping:
          case ArgField.Correlation:
            break
          default:
            extra += this.#memberText()
        }
      }
    }
    operators.thread.push(this.#thread(event))
    operators.externalId.push(externalId)
    operators.shapes.push(shapes)
    operators.types.push(types)
    operators.strides.push(strides)
    operators.values.push(values)
    operators.extra.push(extra === '' ? -1 : this.#internString(extra))
  }

  #annotation(event: ScannedEvent, role: Role): void {
    const { annotations } = this
    let externalId = -1
    if (this.#openArgs(event)) {
      while (this.#args.next()) {
        if (this.#field() === ArgField.ExternalId) externalId = this.#integer()
      }
    }
    annotations.thread.push(this.#thread(event))
    annotations.onDevice.push(role === Role.DeviceAnnotation ? 1 : 0)
    annotations.externalId.push(externalId)
  }

  #activity(event: ScannedEvent, role: Role): void {
    const { device: columns } = this
    let device = -1
    let stream = -1
    let correlation = -1
    let externalId = -1
    let grid = -1
    let block = -1
    let registers = -1
    let sharedMemory = -1
    let bytes = -1
    let graphNode = -1
    let collective: CollectiveMembers | undefined
    if (this.#openArgs(event)) {
      while (this.#args.next()) {
        switch (this.#field()) {
          case ArgField.Device:
            device = this.#integer()
            break
          case ArgField.Stream:
            stream = this.#integer()
            break
          case ArgField.Correlation:
            correlation = this.#integer()
            break
          case ArgField.ExternalId:
            externalId = this.#integer()
            break
          case ArgField.Grid:
            grid = this.#text()
            break
          case ArgField.Block:
            block = this.#text()
            break
          case ArgField.Registers:
            registers = this.#integer()
            break
          case ArgField.SharedMemory:
            sharedMemory = this.#integer()
            break
          case ArgField.Bytes:
            bytes = this.#integer()
            break
          case ArgField.GraphNode:
            graphNode = this.#integer()
            break
          case ArgField.Collective:
            collective ??= new Map()
            collective.set(this.#keyText(), this.texts.text(this.#text()))
            break
        }
      }
    }
    columns.role.push(role)
    columns.device.push(device >= 0 ? device : trailingInteger(event.buf, event.pid))
    columns.stream.push(stream >= 0 ? stream : trailingInteger(event.buf, event.tid))
    columns.correlation.push(correlation)
    columns.externalId.push(externalId)
    columns.grid.push(grid)
    columns.block.push(block)
    columns.registers.push(registers)
    columns.sharedMemory.push(sharedMemory)
    columns.bytes.push(bytes)
    columns.graphNode.push(graphNode)
    columns.collective.push(collective === undefined ? -1 : this.collectives.push(collective) - 1)
  }

  /** The current member as `"key": value,`, JSON text. */
  #memberText(): string {
    const { buf, valueStart, valueEnd, isString } = this.#args
    const key = JSON.stringify(this.#keyText())
    const value = this.texts.text(this.texts.intern(buf, valueStart, valueEnd))
    return isString ? `${key}:"${value}",` : `${key}:${value},`
  }

  #internString(text: string): number {
    const bytes = new TextEncoder().encode(text)
    return this.texts.intern(bytes, 0, bytes.length)
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

/** The integer that a pid or tid ends with ("stream 7" is 7); -1 if none. */
function trailingInteger(buf: Uint8Array, span: Span): number {
  if (span.start < 0) return -1
  let end = span.end
  if (buf[end - 1] === 0x22) end--
  let start = end
  while (start > span.start && buf[start - 1]! >= 0x30 && buf[start - 1]! <= 0x39) start--
  return start === end ? -1 : Math.trunc(readNumber(buf, start, end))
}
