// What a report is made of. The shapes of analysis results are those of @flowsim/analysis, so that its
// answers go in as they are.
import type {
  CollectiveKind,
  Estimate,
  HardwareSpec,
  KernelOperation,
  KernelTrace,
  OpCall,
  OpFamily,
} from '@flowsim/trace-schema'

/** Where the time of a window went: `breakdown` of @flowsim/analysis. Nanoseconds. */
export interface ReportBreakdown {
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

/** Layers of the model: `byLayer` of @flowsim/analysis. */
export interface ReportLayers {
  source: 'modules' | 'names' | 'repetition' | 'none'
  layers: readonly { name: string }[]
  /** For each kernel its place in `layers`, or −1. */
  layerOf: ArrayLike<number>
  repetition?: { period: number }
}

/** Steps of inference: `steps` of @flowsim/analysis. */
export interface ReportSteps {
  source: 'annotations' | 'layers' | 'none'
  steps: readonly {
    name: string
    phase: string
    tokens: number | null
    startNs: number
    durationNs: number
    periodNs: number | null
    breakdown: ReportBreakdown
  }[]
  /** For each kernel its place in `steps`, or −1. */
  stepOf: ArrayLike<number>
}

/** A module with the modules inside it: a node of `byModule` of @flowsim/analysis. */
export interface ReportModule {
  name: string
  count: number
  totalNs: number
  selfNs: number
  children: readonly ReportModule[]
}

/** Predicted times. */
export interface ReportPrediction {
  hardware: HardwareSpec
  model: string
  /** One for each kernel, in the order of the trace; null where the model has no answer. */
  estimates: readonly (Estimate | null)[]
  /** The prediction is for the device of the trace, so that differences are errors of the model. */
  sameDevice: boolean
  /** End-to-end times of a replay. */
  endToEnd?: { measuredNs: number; predictedNs: number; p10Ns: number; p90Ns: number }
  /**
   * The trace replayed with the predicted times: `replay` of @flowsim/replay. The timeline shows it beside
   * the measured run.
   */
  replay?: {
    /** Start of the first kernel. */
    firstStartNs: number
    /** One for each kernel, in the order of the trace. */
    startNs: ArrayLike<number>
    /** Differs from the estimates where a collective waits for other ranks. */
    durationNs?: ArrayLike<number>
  }
}

/** Everything that a report can show. What is absent is left out of the page. */
export interface ReportData {
  /** Heading; the name of the trace if absent. */
  title?: string
  /** Program and version that made the report, such as `flowsim 0.1.0`. */
  generator: string
  trace: KernelTrace
  /** One for each kernel, in the order of the trace. */
  operations: readonly KernelOperation[]
  /** How the trace was made, where it was not measured. The page says so at its top. */
  synthetic?: string
  /** The device that ran the kernels: roofs of the roofline plot. */
  device?: HardwareSpec
  breakdown: ReportBreakdown
  layers?: ReportLayers
  steps?: ReportSteps
  /** `byModule` with `by: 'class'`. */
  modules?: {
    roots: readonly ReportModule[]
    outside: { count: number; sumNs: number }
  }
  /** `idleTime`: the longest gaps. */
  idle?: { longest: readonly { startNs: number; durationNs: number; cause: string }[] }
  /** `gemmTable`. */
  gemms?: readonly {
    call: OpCall
    count: number
    sumNs: number
    meanNs: number
    flopsPerS: number
    bytesPerS: number
    rooflineShare: number | null
    bound: 'compute' | 'memory' | null
    kernels: readonly string[]
  }[]
  /** `collectives`. */
  collectives?: {
    groups: readonly {
      kind: CollectiveKind
      library: boolean
      group: string
      ranks: number | null
      bytes: number | null
      count: number
      sumNs: number
      durationNs: { p50: number; max: number }
      algorithmBytesPerS: number | null
      busBytesPerS: number | null
    }[]
  }
  /** `acrossRanks`. */
  ranks?: {
    ranks: readonly number[]
    waitNs: number
    families: readonly {
      family: OpFamily
      ns: number
      method: 'mean' | 'transfer'
      share: number
      perRankNs: readonly number[]
    }[]
  }
  /** `matchCollectives`. */
  stragglers?: readonly {
    rank: number
    count: number
    lastArrivals: number
    meanLatenessNs: number
    waitNs: number
    causedWaitNs: number
  }[]
  /** `criticalPath`. */
  criticalPath?: {
    windowNs: number
    kinds: Readonly<Record<string, number>>
    kernels: readonly { name: string; count: number; ns: number }[]
  }
  prediction?: ReportPrediction
  /** Sentences that the reader must see. */
  warnings?: readonly string[]
}
