// What a replay graph is.
//
// Nodes are moments: the start and end of every kernel and of every runtime call that launches or
// waits, and the arrival of all ranks at a collective. Edges say "not before": an edge with lag `l`
// from `a` to `b` holds `b` back until `l` nanoseconds after `a`. The time of a node is the latest that
// its edges allow:
//
//   time[v] = max over edges (u → v) of time[u] + lag
//
// Nodes are numbered so that every edge goes from a lower number to a higher one, so a replay is one
// pass over flat arrays. Edges lie in CSR form by their target.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'

/** What an edge stands for. */
export enum EdgeKind {
  /** Time zero of the trace → what nothing else in the trace explains. */
  Origin,
  /** Start of a kernel → its end: the kernel's duration. */
  Kernel,
  /** End of a kernel → start of the next one on its stream: the gap between them. */
  Stream,
  /** The same where the two overlap (programmatic dependent launch): the lag is negative. */
  Overlap,
  /** End of a launch call → start of its kernel: the latency of the launch. */
  Launch,
  /** Start of a launch call → start of a kernel that began before the call returned. */
  LaunchInside,
  /** Inside a runtime call: its CPU time. */
  Call,
  /** Between two runtime calls of a thread: the host's own work. */
  Host,
  /** Call of one thread → call of another that waited for it. Inferred. */
  Handover,
  /** End of a kernel → end of the call that waits for it. */
  Sync,
  /** Start of a kernel → end of a launch call that found the queue full. Inferred. */
  Queue,
  /** End of a kernel → start of a kernel of another stream that waits for its event. */
  Event,
  /** The same where the trace does not name the event. Inferred. */
  InferredEvent,
  /** End of a kernel → start of one that found no free compute units before. Inferred. */
  Occupancy,
  /** Start of a collective on a rank → all ranks have arrived. */
  Arrive,
  /** All ranks have arrived → end of the collective on a rank: the transfer. */
  Transfer,
}

/** Edges with one kind and one typical lag. */
export interface EdgeClass {
  kind: EdgeKind
  /** Such as `launch kernel` or `gap kernel>memcpy`. */
  name: string
  /** Smallest lag that the trace shows to be usual; NaN where only the measured lag makes sense. */
  typicalNs: number
  /** Measurements behind `typicalNs`; 0 where it is a constant. */
  samples: number
}

/** A dependency that cannot be: it was left out. */
export interface ReplayFault {
  kind:
    | 'kernel_before_launch'
    | 'sync_before_kernel'
    | 'event_before_kernel'
    | 'collective_before_arrival'
    | 'negative_duration'
    | 'cycle'
  message: string
  /** Kernels involved, as indices into the graph's kernels. */
  kernels: number[]
}

/** What went into a graph, and what had to be assumed. */
export interface ReplayReport {
  /** GPU kernels, and with them copies and fills. */
  kernels: number
  activities: number
  calls: number
  edges: number
  /** Edges by kind; kinds that name themselves inferred are guesses. */
  edgesByKind: Record<keyof typeof EdgeKind, number>
  /** Activities without a launch in the trace: they follow their stream only. */
  unlinked: number
  /** Waits for streams or events that the trace does not name, found by thread and timing. */
  inferredWaits: number
  /** Waits of which nothing could be found out: they hold nothing back. */
  unknownWaits: number
  /** Dependencies that cannot be, and the first of them in detail. */
  faultCount: number
  faults: ReplayFault[]
  /** Collectives that were matched across ranks, and those of which other ranks are missing. */
  matchedCollectives: number
  unmatchedCollectives: number
  /** Whether the traces share collectives or at least a time; without either there is no end to end. */
  isOneSystem: boolean
  /** What was assumed, in words. */
  assumptions: string[]
}

/** The trace of one rank in a graph. */
export interface GraphRank {
  rank: number
  trace: KernelTrace
  /** Index of the rank's first kernel and first call in the graph. */
  firstKernel: number
  firstCall: number
  /** Added to the rank's times, so that all ranks share the clock of the first. */
  shiftNs: number
  /** The rank whose trace this one borrows, because it has none; null for a rank with a trace. */
  copyOf: number | null
}

/** Runtime calls that launch or wait, in columns. */
export interface GraphCalls {
  count: number
  startNs: Float64Array
  endNs: Float64Array
  /** Index into `threads`. */
  thread: Uint32Array
  threads: readonly { rank: number; pid: number | string; tid: number | string }[]
  /** Index into `apis`. */
  api: Uint16Array
  apis: readonly string[]
  /** Whether the call launches or copies, as against waiting. */
  launches: Uint8Array
  /** Whether the call may wait for a device, and whether it did. */
  blocks: Uint8Array
  waited: Uint8Array
  /** Index in the rank's `hostCalls`; −1 for a call known from its kernels only. */
  hostCall: Int32Array
}

/** What depends on what in a trace. Made by `buildGraph`; times are nanoseconds on the first rank's clock. */
export interface ReplayGraph {
  ranks: readonly GraphRank[]
  /** Kernels of all ranks, rank after rank, each in the order of its trace. */
  kernels: readonly KernelEvent[]
  kernelRank: Uint16Array
  /** Number of the kernel's (rank, device) pair and of its (rank, device, stream). */
  kernelDevice: Uint32Array
  deviceCount: number
  kernelLane: Uint32Array
  lanes: readonly { rank: number; device: number; stream: number }[]
  /** Call that launched the kernel; −1 where unknown. */
  kernelCall: Int32Array
  /** Whether the kernel communicates. */
  communicates: Uint8Array
  /** Whether it is a copy or fill by the driver: replayed as kernels are, counted apart from them. */
  isTransfer: Uint8Array
  startNs: Float64Array
  durationNs: Float64Array
  calls: GraphCalls

  nodeCount: number
  edgeCount: number
  kernelStartNode: Uint32Array
  kernelEndNode: Uint32Array
  callStartNode: Uint32Array
  callEndNode: Uint32Array
  /** Kernel of a node (its index), call of a node (−2 − index), or −1. */
  nodeOwner: Int32Array
  /** Edges into node v are those from edgeStart[v] to edgeStart[v + 1]. */
  edgeStart: Uint32Array
  edgeSource: Uint32Array
  edgeLagNs: Float64Array
  edgeClass: Uint16Array
  classes: readonly EdgeClass[]
  /** Edge that carries the kernel's duration or, in a matched collective, its transfer. */
  durationEdge: Uint32Array
  /** Number of the matched collective that a kernel is part of; −1 for none. */
  kernelMeeting: Int32Array
  meetingCount: number
  report: ReplayReport
}
