// The wanted events of one trace as columns: what the scanner found, before anything is linked.
import { F64Column, I32Column } from './columns.js'

/** Columns of all events with a time: start and duration in ns after the store's base, name. */
export class EventColumns {
  readonly start: F64Column = new F64Column()
  readonly duration: F64Column = new F64Column()
  readonly name: I32Column = new I32Column()

  get length(): number {
    return this.start.length
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
  /** Row of the store's `collectives`; -1 where there is none. */
  readonly collective: I32Column = new I32Column()
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
}

/** What a synchronisation waits for; -1 where it was not recorded. */
export interface Synchronization {
  stream: number
  waitsForStream: number
  waitsForCorrelation: number
}

/** Members of a kernel's or operator's arguments that describe a collective. */
export type CollectiveMembers = Map<string, string>
