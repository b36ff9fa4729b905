// What ran on the devices, when, and where it came from.
import type { Dtype } from './dtype.js'
import type { OperatorArg, Tensor } from './tensor.js'

/** The call on the CPU that put a kernel on its stream. */
export interface KernelLaunch {
  /** Runtime or driver call, such as "cudaLaunchKernel" or "hipGraphLaunch". */
  api: string
  pid: number | string
  tid: number | string
  startNs: number
  durationNs: number
}

/** The framework operator that launched a kernel. */
export interface KernelOperator {
  /** Innermost operator around the launch, such as "aten::mm". */
  name: string
  args: OperatorArg[]
  /** The enclosing operator that the arguments were taken from, where `name` had none. */
  argsFrom?: string | undefined
  /** Enclosing operators, innermost first. */
  parents: string[]
  /** Extra arguments that the profiler recorded, such as "kernel_file" of a Triton kernel. */
  attributes?: Record<string, string> | undefined
}

/** Kinds of collective communication. */
export const COLLECTIVE_KINDS = [
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'all_to_all',
  'broadcast',
  'reduce',
  'gather',
  'scatter',
  'send',
  'recv',
  'barrier',
  'unknown',
] as const

/** Kind of a collective. */
export type CollectiveKind = (typeof COLLECTIVE_KINDS)[number]

/** What is known of a collective's message and group. */
export interface KernelCollective {
  kind: CollectiveKind
  dtype?: Dtype | undefined
  /** Elements that this rank puts in. */
  inElements?: number | undefined
  /** Elements that this rank gets out. */
  outElements?: number | undefined
  groupName?: string | undefined
  groupSize?: number | undefined
  ranks?: number[] | undefined
  /** Number of the call within its group, where recorded. */
  sequence?: number | undefined
}

/** One activity of a device: a kernel, copy, fill or collective. */
export interface KernelEvent {
  schema?: 'flowsim.kernel-event/1' | undefined
  kind: 'kernel' | 'memcpy' | 'memset' | 'collective'
  /** Demangled kernel name, as the profiler wrote it. */
  name: string
  device: number
  stream: number
  /** Nanoseconds after the trace's `baseTimeNs`. */
  startNs: number
  durationNs: number
  /** Thread blocks. */
  grid?: [number, number, number] | undefined
  /** Threads in a block. */
  block?: [number, number, number] | undefined
  registersPerThread?: number | undefined
  /** Shared memory of a block. */
  sharedMemoryBytes?: number | undefined
  /** Bytes that a memcpy or memset moved. */
  bytes?: number | undefined
  /** Number that the kernel shares with its launch. */
  correlation?: number | undefined
  /** Node of the CUDA or HIP graph. */
  graphNodeId?: number | undefined
  /** Absent when the launch lies outside the trace. */
  launch?: KernelLaunch | undefined
  op?: KernelOperator | undefined
  /** Number of the call of `op` within the trace; the kernels of one call share it. */
  opInstance?: number | undefined
  /** Tensors from an annotation or a capture trace, where the operator has none. */
  tensors?: Tensor[] | undefined
  shapesFrom: 'profiler' | 'annotation' | 'capture' | 'none'
  /** Frames, innermost first. */
  callStack?: string[] | undefined
  /** nn.Module instances around the launch, outermost first. */
  modules?: string[] | undefined
  /** Annotations, outermost first. */
  scopes?: string[] | undefined
  collective?: KernelCollective | undefined
}

/** A device that the trace describes. */
export interface TraceDevice {
  id: number
  /** As the driver reports it; some drivers report an empty name. */
  name: string
  /** SMs or CUs. */
  computeUnits?: number | undefined
  memoryBytes?: number | undefined
  /** "9.0" for Hopper, "9.4" for gfx942. */
  computeCapability?: string | undefined
  warpSize?: number | undefined
}

/** A communicator of the distributed job. */
export interface ProcessGroup {
  name: string
  description?: string | undefined
  backend?: string | undefined
  size?: number | undefined
  ranks?: number[] | undefined
}

/** A fault of the input that was mended or skipped. */
export interface TraceRepair {
  /** What was wrong, such as "bare_literal" or "malformed_event". */
  kind: string
  count: number
  /** Offset of the first one in the uncompressed data; 0 where that has no meaning. */
  firstByte: number
  /** Among how many, where that says more. */
  of?: number | undefined
  /** What the first one concerns: a kernel and its stream, a call. */
  what?: string | undefined
}

/** A user annotation (`record_function`, `ProfilerStep#3`, NVTX range). */
export interface AnnotationSpan {
  name: string
  on: 'host' | 'device'
  pid: number | string
  tid: number | string
  startNs: number
  durationNs: number
}

/** A runtime or driver call, launches and synchronisation alike. */
export interface HostCall {
  api: string
  pid: number | string
  tid: number | string
  startNs: number
  durationNs: number
  correlation?: number | undefined
  /** Stream that is synchronised or made to wait, if recorded. */
  stream?: number | undefined
  /** Stream whose event is waited for, if recorded. */
  waitsForStream?: number | undefined
  /** Correlation of the call that recorded the event, if recorded. */
  waitsForCorrelation?: number | undefined
}

/**
 * What frameworks did on threads of the host: operators and Python frames, as columns with one entry for each. In no
 * particular order.
 */
export interface HostSpans {
  names: string[]
  threads: { pid: number | string; tid: number | string }[]
  kind: ('operator' | 'frame')[]
  /** Places in `threads`. */
  thread: number[]
  /** Places in `names`. */
  name: number[]
  startNs: number[]
  durationNs: number[]
  /** How many were left out, all of them shorter than this or as short; null: none. */
  leftOut: { count: number; shorterThanNs: number } | null
}

/** What ran on the devices of one process: header and kernels in start order. */
export interface KernelTrace {
  schema: 'flowsim.kernel-trace/1'
  /** Name of the input. */
  source: string
  /** Format of the input, such as "kineto". */
  format: string
  /** Versions and settings that the profiler wrote: CUDA, NCCL, with_stack, … */
  producer: Record<string, string | number>
  devices: TraceDevice[]
  rank: number | null
  worldSize: number | null
  processGroups: ProcessGroup[]
  /** Decimal integer: the time that every `startNs` counts from, on the profiler's clock. */
  baseTimeNs: string
  /** What the profiler says it recorded. */
  window: { startNs: number; durationNs: number } | null
  /** Events in the input, of all categories. */
  eventCount: number
  repairs: TraceRepair[]
  /** Starts of launches whose kernels the profiler lost, in order; absent if none. */
  lostLaunchesNs?: number[] | undefined
  annotations: AnnotationSpan[]
  /** Runtime calls, where asked for. */
  hostCalls?: HostCall[] | undefined
  /** Operators and Python frames, where asked for. */
  hostSpans?: HostSpans | undefined
  /** In order of start, then of the file. */
  kernels: KernelEvent[]
}
