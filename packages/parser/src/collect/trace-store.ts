// The wanted events of one trace as columns: what a format's reader found, before anything is linked.
import type { Tensor } from '@flowsim/trace-schema'
import { F64Column, I16Column, I32Column, RareColumn } from './columns.js'
import { type Header, NO_HEADER } from './header.js'
import { BytesInterner, type OnNewBytes } from './interner.js'
import { Threads } from './threads.js'

/** Columns of all events with a time: start and duration in ns after the store's base, name. */
export class EventColumns {
  /** While a text with microseconds is read: whole microseconds, and `nanos` beyond them. */
  readonly start: F64Column = new F64Column()
  readonly nanos: I16Column = new I16Column()
  readonly duration: F64Column = new F64Column()
  readonly name: I32Column = new I32Column()

  get length(): number {
    return this.start.length
  }

  /** Keeps the rows of these numbers, which rise, and no others. */
  keep(rows: ArrayLike<number>): void {
    for (const column of Object.values(this) as (
      | F64Column
      | I32Column
      | I16Column
      | RareColumn
    )[]) {
      if (column.length > 0) column.keep(rows)
    }
  }
}

/** Events on a thread of the host. */
export class HostColumns extends EventColumns {
  readonly thread: I32Column = new I32Column()
}

/** Activities of devices: kernels, copies, fills. */
export class DeviceColumns extends EventColumns {
  /** {@link Role} of the event. */
  readonly role: I32Column = new I32Column()
  readonly device: I32Column = new I32Column()
  readonly stream: F64Column = new F64Column()
  readonly correlation: F64Column = new F64Column()
  readonly externalId: F64Column = new F64Column()
  /** Interned `[x, y, z]`; -1 where there is none. */
  readonly grid: I32Column = new I32Column()
  readonly block: I32Column = new I32Column()
  readonly registers: I32Column = new I32Column()
  readonly sharedMemory: I32Column = new I32Column()
  readonly bytes: F64Column = new F64Column()
  readonly graphNode: F64Column = new F64Column()
  /** Where the event stands in the unpacked data; 0 where that has no meaning. */
  readonly byte: F64Column = new F64Column()
  /** Row of the store's `collectives`; -1 where there is none. */
  readonly collective: I32Column = new I32Column()
  /** Interned name of the module that a kernel of a graph was captured in. */
  readonly module: RareColumn = new RareColumn()
  /** Row of the store's `tensors`. */
  readonly tensors: RareColumn = new RareColumn()
}

/** Runtime and driver calls. */
export class RuntimeColumns extends HostColumns {
  readonly correlation: F64Column = new F64Column()
  readonly externalId: F64Column = new F64Column()
  /** Interned name of the kernel that a call launches; filled where asked for. */
  readonly kernel: I32Column = new I32Column()
}

/** Framework operators, with the interned JSON text of what was recorded of their arguments. */
export class OperatorColumns extends HostColumns {
  readonly externalId: F64Column = new F64Column()
  /** Numbers of the calls in PyTorch; filled where asked for. */
  readonly recordFunction: F64Column = new F64Column()
  readonly shapes: I32Column = new I32Column()
  readonly types: I32Column = new I32Column()
  readonly strides: I32Column = new I32Column()
  readonly values: I32Column = new I32Column()
  /** Interned members that are none of the above, as JSON text without braces; -1 for none. */
  readonly extra: I32Column = new I32Column()
}

/** Annotations on host threads and on device streams. */
export class AnnotationColumns extends HostColumns {
  /** 1 on a device; `thread` is then the (device, stream) pair. */
  readonly onDevice: I32Column = new I32Column()
  readonly externalId: F64Column = new F64Column()
  /** Row of the store's `tensors`: what a collective of c10d (`nccl:all_reduce`) was given. */
  readonly tensors: RareColumn = new RareColumn()
}

/** What a synchronisation waits for; -1 where it was not recorded. */
export interface Synchronization {
  stream: number
  waitsForStream: number
  waitsForCorrelation: number
}

/** Members of a kernel's or operator's arguments that describe a collective. */
export type CollectiveMembers = Map<string, string>

/** Everything of one trace that is kept. */
export class TraceStore {
  readonly names: BytesInterner
  readonly texts: BytesInterner = new BytesInterner()
  readonly threads: Threads = new Threads()
  readonly device: DeviceColumns = new DeviceColumns()
  readonly runtime: RuntimeColumns = new RuntimeColumns()
  readonly operators: OperatorColumns = new OperatorColumns()
  frames: HostColumns = new HostColumns()
  readonly annotations: AnnotationColumns = new AnnotationColumns()
  /** What the profiler says it recorded. */
  readonly spans: EventColumns = new EventColumns()
  readonly collectives: CollectiveMembers[] = []
  /** Of kernels and annotations that record theirs themselves. */
  readonly tensors: Tensor[][] = []
  /** By the correlation of the call that synchronises. */
  readonly synchronizations: Map<number, Synchronization> = new Map()
  header: Header = NO_HEADER
  /** Correlations of activities that were left out: their launches are not without a kernel. */
  readonly leftOut: number[] = []
  /** Nanoseconds on the profiler's clock that all starts count from. */
  baseNs = 0n
  /** Events in the input that can be read, of all categories: those kept, left out and passed over. */
  eventCount = 0
  /** Events of which nothing is kept and nothing is wrong. */
  skippedCount = 0
  /** Operators that the events of their kernels tell: they are no events. */
  derivedCount = 0

  /** @param onNewName - told of each name that was not seen before */
  constructor(onNewName?: OnNewBytes) {
    this.names = new BytesInterner(onNewName)
  }

  /** Adds a Python frame whose start is in nanoseconds after the base of all. */
  keepFrame(startNs: number, durationNs: number, name: number, thread: number): void {
    this.frames.start.push(startNs)
    this.frames.duration.push(durationNs)
    this.frames.name.push(name)
    this.frames.thread.push(thread)
  }
}
