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
    /** GPU kernels, collectives among them; copies and fills are counted below. */
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
  /**
   * The device of the trace, where times are the measured ones by the ratio of the model's estimates; null
   * where they are its estimates.
   */
  relativeTo: string | null
  /**
   * GPU kernels with an estimate, directly or as helpers of such; shares are of the measured time of GPU
   * kernels. Copies and fills stand in `transfers`.
   */
  answered: {
    count: number
    timeShare: number
    measuredNs: number
  }
  /** GPU kernels without an estimate. */
  unanswered: {
    count: number
    timeShare: number
  }
  /** GPU kernels whose dimensions imply more than three times what the device can do. */
  doubtful: {
    count: number
    timeShare: number
  }
  /** Copies and fills, and those of them with an estimate. */
  transfers: {
    count: number
    measuredNs: number
    answered: {
      count: number
      measuredNs: number
    }
    /** Sum of the predicted times; to be compared with `answered.measuredNs`. null for none. */
    predictedNs: number | null
  }
  measured: {
    /** Sum of the durations of GPU kernels. */
    kernelSumNs: number
    /** Time in which a device runs at least one activity. */
    busyNs: number
    endToEndNs: number
  }
  /** One run in ten is expected below P10 and one above P90. */
  predicted: {
    /** Sum of the predicted times of GPU kernels; to be compared with `answered.measuredNs`. null for none. */
    kernelSumNs: number | null
    kernelSumP10Ns: number | null
    kernelSumP90Ns: number | null
    /** Time in which a device runs at least one activity; null where less than 80 % is predicted, doubtful kernels left out. */
    busyNs: number | null
    busyP10Ns: number | null
    busyP90Ns: number | null
    /** First start to last end of the replayed trace; null where less than 80 % is predicted, doubtful kernels left out. */
    endToEndNs: number | null
    endToEndP10Ns: number | null
    endToEndP90Ns: number | null
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
    /** Activities of this operation, with those that help them. */
    count: number
    measuredNs: number
    /** Sum of the predicted times; to be compared with `answered.measuredNs`. null for none. */
    predictedNs: number | null
    answered: {
      count: number
      measuredNs: number
    }
    /** Mean absolute error over operations, each with its helpers; null: no estimate. */
    mape: number | null
    /** Median signed error over operations. */
    bias: number | null
  }[]
  outputs: string[]
}
