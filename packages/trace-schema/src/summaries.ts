// The JSON results of the commands `parse` and `simulate`. Shares and errors are fractions.
import type { TraceRepair } from './kernel-trace.js'
import type { OpName } from './ops/index.js'

/** Result of `flowsim parse --json`. */
export interface ParseSummary {
  schema: 'flowsim.parse-summary/1'
  source: string
  /** Name of the device that ran the kernels. */
  device: string | null
  rank: number | null
  worldSize: number | null
  events: number
  kernels: {
    /** GPU kernels, without memcpy and memset. */
    count: number
    uniqueNames: number
    /** Sum of durations; overlap counts twice. */
    sumNs: number
    /** Length of the union of their intervals. */
    busyNs: number
    /** From the first start to the last end. */
    windowNs: number
  }
  memcpy: {
    count: number
    sumNs: number
    bytes: number
  }
  memset: {
    count: number
    sumNs: number
    bytes: number
  }
  /** Kernels that a rule gives an operation. */
  known: {
    count: number
    timeShare: number
    names: number
  }
  /** Kernels whose operation has all its dimensions. */
  dimensions: {
    count: number
    timeShare: number
  }
  /** Kernels with tensor shapes. */
  shapes: {
    count: number
    timeShare: number
  }
  /** Kernels without a launch. */
  unlinked: {
    count: number
    timeNs: number
  }
  repairs: TraceRepair[]
  outputs: string[]
}

/** Result of `flowsim simulate --json`. */
export interface SimulationSummary {
  schema: 'flowsim.simulation-summary/1'
  source: string
  hardware: string
  model: string
  measured: {
    kernelSumNs: number
    busyNs: number
    endToEndNs: number
  }
  predicted: {
    /** Sum of durations: overlap counts twice, idle time not at all. */
    kernelSumNs: number
    /** Time in which a device runs at least one kernel. */
    busyNs: number
    /** First start to last end of the replayed trace. */
    endToEndNs: number
    /** One run in ten is expected below. */
    endToEndP10Ns: number
    /** One run in ten is expected above. */
    endToEndP90Ns: number
  }
  /** How the end-to-end time came about. */
  replay?:
    | {
        /** Ranks that were replayed as one system. */
        ranks: number[]
        /** Dependencies that cannot be and were left out. */
        faults: number
        /** What had to be assumed, in words. */
        assumptions: string[]
      }
    | undefined
  byOp: {
    op: OpName
    count: number
    measuredNs: number
    predictedNs: number
    /** Mean absolute error over kernels; null: no estimate. */
    mape: number | null
    /** Median signed error over kernels. */
    bias: number | null
  }[]
  /** Kernels without an estimate; they keep their measured time. */
  unanswered: {
    count: number
    timeShare: number
  }
  outputs: string[]
}
