// Takes events, as the readers of binary formats and databases have them, into a store: texts as strings,
// times as integers of nanoseconds on the profiler's clock.
import type { ProcessGroup, Tensor } from '@flowsim/trace-schema'
import type { RepairKind, Repairs } from '../repairs.js'
import { Role } from './roles.js'
import { settleTimes, TimeExtremes } from './settle-times.js'
import type { Id } from './threads.js'
import { type EventColumns, type HostColumns, TraceStore } from './trace-store.js'

/** Nanoseconds; a bigint where they may be beyond 2^53. */
export type Ns = number | bigint

/** An event with a time. */
export interface WrittenEvent {
  name: string
  startNs: Ns
  endNs: Ns
}

/** What ran on a device. */
export interface WrittenActivity extends WrittenEvent {
  /** Default: a kernel. */
  role?: Role.Kernel | Role.Memcpy | Role.Memset
  device: number
  stream: number
  /** Number that the activity shares with the call that launched it. */
  correlation?: number | undefined
  grid?: readonly number[] | undefined
  block?: readonly number[] | undefined
  registers?: number | undefined
  sharedMemoryBytes?: number | undefined
  bytes?: number | undefined
  graphNode?: number | undefined
  /** Number of the operator that it belongs to, where no call links the two. */
  externalId?: number | undefined
  /** Where the kernel's own are recorded, not only those of its operator. */
  tensors?: readonly Tensor[] | undefined
  /** As Kineto names the members: `Collective name`, `In msg nelems`, … */
  collective?: ReadonlyMap<string, string> | undefined
}

/** What was under way on a thread. */
export interface WrittenHostEvent extends WrittenEvent {
  pid: Id
  tid: Id
}

/** An operator; shapes and types as Kineto has them, one for each argument. */
export interface WrittenOperator extends WrittenHostEvent {
  externalId?: number | undefined
  shapes?: readonly unknown[] | undefined
  types?: readonly string[] | undefined
  strides?: readonly unknown[] | undefined
  values?: readonly string[] | undefined
  attributes?: Readonly<Record<string, string>> | undefined
  /** Told by the event of its kernel: the file has no event for it. */
  isDerived?: true
}

export class EventWriter {
  readonly store: TraceStore = new TraceStore()
  readonly #extremes = new TimeExtremes()
  readonly #names = new Map<string, number>()
  readonly #texts = new Map<string, number>()

  constructor(private readonly repairs: Repairs) {}

  activity(activity: WrittenActivity): void {
    const { device } = this.store
    if (!this.#timed(device, activity)) return
    device.role.push(activity.role ?? Role.Kernel)
    if (activity.name === '') this.repairs.add('missing_name', 0)
    device.device.push(integer(activity.device))
    device.stream.push(integer(activity.stream))
    device.byte.push(0)
    device.correlation.push(integer(activity.correlation))
    device.externalId.push(integer(activity.externalId))
    device.grid.push(this.#json(activity.grid))
    device.block.push(this.#json(activity.block))
    device.registers.push(integer(activity.registers))
    device.sharedMemory.push(integer(activity.sharedMemoryBytes))
    device.bytes.push(integer(activity.bytes))
    device.graphNode.push(integer(activity.graphNode))
    const { collective } = activity
    device.collective.push(
      collective === undefined ? -1 : this.store.collectives.push(new Map(collective)) - 1,
    )
    const { tensors = [] } = activity
    if (tensors.length > 0) {
      device.tensors.set(device.length - 1, this.store.tensors.push([...tensors]) - 1)
    }
  }

  /**
   * A runtime or driver call.
   * @param correlation - number that it shares with what it launched
   */
  call(call: WrittenHostEvent & { correlation?: number | undefined }): void {
    const { runtime } = this.store
    if (!this.#onThread(runtime, call)) return
    runtime.correlation.push(integer(call.correlation))
    runtime.externalId.push(-1)
    runtime.kernel.push(-1)
  }

  operator(operator: WrittenOperator): void {
    const { operators } = this.store
    if (!this.#onThread(operators, operator)) return
    if (operator.isDerived) {
      this.store.eventCount--
      this.store.derivedCount++
    }
    operators.externalId.push(integer(operator.externalId))
    operators.shapes.push(this.#json(operator.shapes))
    operators.types.push(this.#json(operator.types))
    operators.strides.push(this.#json(operator.strides))
    operators.values.push(this.#json(operator.values))
    const { attributes } = operator
    operators.extra.push(
      attributes === undefined ? -1 : this.#text(`${JSON.stringify(attributes).slice(1, -1)},`),
    )
  }

  /** A frame of Python, or an `nn.Module` by its name. */
  frame(frame: WrittenHostEvent): void {
    this.#onThread(this.store.frames, frame)
  }

  /** A range of the user's, on a thread or (device and stream as pid and tid) on a device. */
  annotation(annotation: WrittenHostEvent & { isOnDevice?: boolean }): void {
    const { annotations } = this.store
    if (!this.#onThread(annotations, annotation)) return
    annotations.onDevice.push(annotation.isOnDevice === true ? 1 : 0)
    annotations.externalId.push(-1)
  }

  /** Counts an event of which nothing is kept. */
  skip(): void {
    this.store.eventCount++
    this.store.skippedCount++
  }

  /** Counts an event that is left out for a fault. */
  leaveOut(fault: RepairKind, byte: number): void {
    this.store.eventCount++
    this.repairs.add(fault, byte)
  }

  /** From when to when the profiler says that it recorded. */
  span(span: WrittenEvent): void {
    this.#timed(this.store.spans, span)
  }

  processGroup(group: ProcessGroup): void {
    const { header } = this.store
    this.store.header = { ...header, processGroups: [...header.processGroups, group] }
  }

  /**
   * Gives all times their base.
   * @param baseNs - what they were counted from, on the clock that the trace is to be on
   */
  finish(baseNs = 0n): TraceStore {
    const baseMicros = settleTimes(this.store, this.#extremes, this.repairs)
    this.store.baseNs = baseNs + BigInt(baseMicros) * 1000n
    return this.store
  }

  #onThread(columns: HostColumns, event: WrittenHostEvent): boolean {
    if (!this.#timed(columns, event)) return false
    columns.thread.push(this.store.threads.add(event.pid, event.tid))
    return true
  }

  #timed(columns: EventColumns, { name, startNs, endNs }: WrittenEvent): boolean {
    this.store.eventCount++
    if (typeof startNs === 'number' && !Number.isSafeInteger(startNs)) {
      this.repairs.add('missing_timestamp', 0, name)
      return false
    }
    let duration =
      typeof startNs === 'number' && typeof endNs === 'number'
        ? endNs - startNs
        : Number(wide(endNs) - wide(startNs))
    if (!Number.isSafeInteger(duration)) {
      this.repairs.add('missing_duration', 0, name)
      duration = 0
    } else if (duration < 0) {
      this.repairs.add('negative_duration', 0, name)
      duration = 0
    }
    const whole = typeof startNs === 'bigint' ? Number(startNs / 1000n) : Math.trunc(startNs / 1000)
    this.#extremes.add(whole, duration, 0)
    columns.start.push(whole)
    columns.nanos.push(typeof startNs === 'bigint' ? Number(startNs % 1000n) : startNs % 1000)
    columns.duration.push(duration)
    columns.name.push(this.#name(name))
    return true
  }

  /** Names stand in the store as within quotes of JSON. */
  #name(name: string): number {
    let id = this.#names.get(name)
    if (id === undefined) {
      id = this.store.names.internText(JSON.stringify(name).slice(1, -1))
      this.#names.set(name, id)
    }
    return id
  }

  #json(value: unknown): number {
    return value === undefined ? -1 : this.#text(JSON.stringify(value))
  }

  #text(text: string): number {
    let id = this.#texts.get(text)
    if (id === undefined) {
      id = this.store.texts.internText(text)
      this.#texts.set(text, id)
    }
    return id
  }
}

/** A non-negative integer as it was recorded; -1 for what is none. */
function integer(value: number | undefined): number {
  return Number.isSafeInteger(value) && value! >= 0 ? value! : -1
}

/** A time as a bigint. */
function wide(value: Ns): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number.isSafeInteger(value) ? value : 0)
}
