// What the built viewer gives, and the data that its page reads: the contract with @flowsim/report.
// The page looks for `<script type="application/json" id="flowsim-data">` holding a Payload.

/** The page's program, ready for a script element. */
export declare const script: string
/** The page's style sheet. */
export declare const style: string
/** Hash of `script` for a content security policy: `sha256-…`. */
export declare const scriptHash: string
/** Licences of the libraries in `script`. */
export declare const licenses: string

/** Time by cause and kind, in nanoseconds. */
export interface TimeBudget {
  startNs: number
  windowNs: number
  busyNs: number
  idleNs: number
  computationNs: number
  exposedCommunicationNs: number
  exposedMemcpyNs: number
  communicationNs: number
  memcpyNs: number
  idle: { launchBoundNs: number; dependencyBoundNs: number; otherNs: number }
  count: number
  sumNs: number
}

/** Kernels that do the same: one name, operation, operator and shape. */
export interface KernelKind {
  /** Places in `strings`; −1 for none. */
  name: number
  operator: number
  shape: number
  library: number
  missing: number
  /** Operation; null when no rule knows it. */
  op: string | null
  /** Place in `families`. */
  family: number
  kind: 'kernel' | 'memcpy' | 'memset' | 'collective'
  /** Work of one such kernel; null when unknown. */
  flops: number | null
  bytes: number | null
  /** `of` of the compute roof that limits it; null when it does no arithmetic that is known. */
  roof: string | null
  grid: string | null
}

/** Column of integers, one for each kernel. */
export type Column = number[]

/** Kernels in order of start, as columns. */
export interface KernelColumns {
  /** Nanoseconds after the start of the kernel before; of the first, after `budget.startNs`. */
  startDelta: Column
  duration: Column
  /** Place in `kinds`. */
  kind: Column
  /** Place in `streams`. */
  stream: Column
  /** Place in `layers`, −1 for none; absent where there are no layers. */
  layer?: Column
  /** Place in `steps`, −1 for none; absent where there are no steps. */
  step?: Column
  /** Nanoseconds; −1 for none; absent where nothing is predicted. */
  predicted?: Column
  /**
   * Start in the replay with predicted times, in order of the kernels: the first from the start of the
   * replay, each other from the one before (can be negative). Absent where there is no replay.
   */
  replayStartDelta?: Column
  /** Nanoseconds in the replay; absent where that is `predicted`, or `duration` where that is −1. */
  replayDuration?: Column
  /** Place in `bounds`, −1 for none. */
  bound?: Column
  /** Nanoseconds from the start of the launch call to the kernel's; −1 for none. */
  launchLead: Column
  /** Place in `launches`; −1 for none. */
  launch: Column
  /** Place in `stacks`; −1 for none. */
  stack?: Column
}

/** A roof of the roofline plot. */
export interface Ceiling {
  kind: 'compute' | 'memory'
  label: string
  /** FLOP/s or bytes/s. */
  perS: number
  /** The arithmetic that it limits (`matrix bf16`, `vector`), or the level of memory. */
  of: string
}

/** A table of the report that the page shows as it is. */
export interface TableData {
  columns: {
    label: string
    unit?: string
    align: 'left' | 'right'
    digits?: number
    /** Code, such as the name of a kernel. */
    mono?: boolean
  }[]
  rows: (string | number | null)[][]
}

/** A node of the tree of modules. */
export interface ModuleData {
  name: string
  count: number
  totalNs: number
  selfNs: number
  children: ModuleData[]
}

/** Everything that the page shows. */
export interface Payload {
  version: 1
  title: string
  generator: string
  /** Says how the trace was made, if it was not measured. */
  synthetic: string | null
  /** Facts of the header, in order: label and value. */
  facts: [string, string][]
  budget: TimeBudget
  families: string[]
  strings: string[]
  kinds: KernelKind[]
  kernels: KernelColumns
  bounds: string[]
  streams: { device: number; stream: number }[]
  /** Runtime calls that launch. */
  launches: string[]
  /** Call stacks as places in `strings`, innermost first. */
  stacks: number[][]
  layers: { source: string; names: string[]; period: number | null } | null
  steps: {
    source: string
    steps: {
      name: string
      phase: string
      tokens: number | null
      startNs: number
      durationNs: number
      periodNs: number | null
      budget: TimeBudget
    }[]
  } | null
  modules: { roots: ModuleData[]; outside: { count: number; sumNs: number } } | null
  gaps: { startNs: number; durationNs: number; cause: string }[]
  prediction: {
    model: string
    hardware: string
    profile: string | null
    /** The prediction is for the device of the trace, so that differences are errors. */
    sameDevice: boolean
    kernelSumNs: number
    endToEnd: { measuredNs: number; predictedNs: number; p10Ns: number; p90Ns: number } | null
  } | null
  /** The device that ran the kernels. */
  device: { name: string; ceilings: Ceiling[] } | null
  gemms: TableData | null
  collectives: TableData | null
  ranks: TableData | null
  stragglers: TableData | null
  criticalPath: { windowNs: number; kinds: [string, number][]; kernels: TableData } | null
  repairs: { kind: string; count: number; firstByte: number }[]
  warnings: string[]
}
