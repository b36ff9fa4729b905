// The data of a report's page: what @flowsim/report writes into the HTML and the viewer reads. Columns of small
// integers, with kinds, families, streams, stacks and names stored once. Times are nanoseconds.

import type { TimeBudget } from './time-budget.js'

/** Kernels that do the same: one name, operation, operator and shape. */
export interface PageKernelKind {
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

/** Kernels in order of start, as columns of integers with one for each kernel. */
export interface PageKernels {
  /** Nanoseconds after the start of the kernel before; of the first, after `budget.startNs`. */
  startDelta: ArrayLike<number>
  duration: ArrayLike<number>
  /** Place in `kinds`. */
  kind: ArrayLike<number>
  /** Place in `streams`. */
  stream: ArrayLike<number>
  /** Place in `layers`, −1 for none; absent where there are no layers. */
  layer?: ArrayLike<number>
  /** Place in `steps`, −1 for none; absent where there are no steps. */
  step?: ArrayLike<number>
  /** Nanoseconds; −1 for none; absent where nothing is predicted. */
  predicted?: ArrayLike<number>
  /**
   * Start in the replay with predicted times, in order of the kernels: the first from the start of the
   * replay, each other from the one before (can be negative). Absent where there is no replay.
   */
  replayStartDelta?: ArrayLike<number>
  /** Nanoseconds in the replay; absent where that is `predicted`, or `duration` where that is −1. */
  replayDuration?: ArrayLike<number>
  /** Place in `bounds`, −1 for none. */
  bound?: ArrayLike<number>
  /** Nanoseconds from the start of the launch call to the kernel's; −1 for none. */
  launchLead: ArrayLike<number>
  /** Place in `launches`; −1 for none. */
  launch: ArrayLike<number>
  /** Place in `stacks`; −1 for none. */
  stack?: ArrayLike<number>
}

/** A roof of the roofline plot. */
export interface PageCeiling {
  kind: 'compute' | 'memory'
  label: string
  /** FLOP/s or bytes/s. */
  perS: number
  /** The arithmetic that it limits (`matrix bf16`, `vector`), or the level of memory. */
  of: string
}

/** A table of the report that the page shows as it is. */
export interface PageTable {
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
export interface PageModule {
  name: string
  count: number
  totalNs: number
  selfNs: number
  children: PageModule[]
}

/** Something that costs time, and what can be done. */
export interface PageFinding {
  rule: string
  title: string
  /** Time of the window that would be gained at most. */
  gainNs: number
  evidence: string[]
  advice: string
  /** Part of the page that shows it. */
  section: string
  /** Stretch of the timeline that shows it best. */
  place: { startNs: number; durationNs: number } | null
}

/** What is known of the threads of the host: annotations, operators, Python frames, runtime calls. */
export interface PageHost {
  /** Labels of the threads, those with the most launches first. */
  threads: string[]
  names: string[]
  /** Place in `threads`; spans stand in order of thread, of start, of length from the longest. */
  thread: ArrayLike<number>
  /** Nanoseconds after the start of the span before; of the first, after `budget.startNs`. Can be negative. */
  startDelta: ArrayLike<number>
  duration: ArrayLike<number>
  /** Place in `names`. */
  name: ArrayLike<number>
  /** Place in {@link HOST_KINDS}. */
  kind: ArrayLike<number>
  /** Spans that are not here, the shortest of all; null for none. */
  leftOut: { count: number; shorterThanNs: number } | null
}

/** Kinds of spans of the host, by their number in {@link PageHost}. */
export const HOST_KINDS = ['annotation', 'operator', 'frame', 'call'] as const

/** Columns of integers of one length, as a page holds them: by name, deflated (RFC 1951) and in base64. */
export interface PackedColumns {
  columns: Record<string, { as: keyof typeof COLUMN_TYPES; data: string }>
}

/** Arrays that columns are of, little-endian; the smallest that holds all values is taken. */
export const COLUMN_TYPES = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  f64: Float64Array,
} as const

/** A {@link ReportPage} as a page holds it: its long columns are packed. */
export interface PackedReportPage extends Omit<ReportPage, 'kernels' | 'host'> {
  kernels: PackedColumns
  host: (Pick<PageHost, 'threads' | 'names' | 'leftOut'> & PackedColumns) | null
}

/** Everything that the page of a report shows. */
export interface ReportPage {
  schema: 'flowsim.report/1'
  title: string
  generator: string
  /** Says how the trace was made, if it was not measured. */
  synthetic: string | null
  /** Facts of the header, in order: label and value. */
  facts: [string, string][]
  budget: TimeBudget
  families: string[]
  strings: string[]
  kinds: PageKernelKind[]
  kernels: PageKernels
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
  modules: { roots: PageModule[]; outside: { count: number; sumNs: number } } | null
  /** Null where the trace records nothing of the host. */
  host: PageHost | null
  gaps: { startNs: number; durationNs: number; cause: string }[]
  /** What costs time, the most to gain first. */
  findings: PageFinding[]
  prediction: {
    model: string
    hardware: string
    profile: string | null
    /** The prediction is for the device of the trace, so that differences are errors. */
    sameDevice: boolean
    /** The device whose measured times were scaled by the ratio of estimates; null for estimates alone. */
    relativeTo: string | null
    /** GPU kernels without an estimate, and those whose dimensions cannot be true; shares of their time. */
    unanswered: { count: number; timeShare: number }
    doubtful: { count: number; timeShare: number }
    endToEnd: { measuredNs: number; predictedNs: number; p10Ns: number; p90Ns: number } | null
  } | null
  /** The device that ran the kernels. */
  device: { name: string; ceilings: PageCeiling[] } | null
  gemms: PageTable | null
  collectives: PageTable | null
  /** Work of kernels beside what the hardware counted. */
  work: PageTable | null
  ranks: PageTable | null
  stragglers: PageTable | null
  criticalPath: { windowNs: number; kinds: [string, number][]; kernels: PageTable } | null
  repairs: { kind: string; count: number; firstByte: number }[]
  warnings: string[]
}
