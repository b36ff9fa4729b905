// What a report is made of: the answers of @flowsim/analysis as they are, and predictions.
import type {
  Breakdown,
  CollectiveReport,
  Finding,
  GemmRow,
  IdleReport,
  LayerReport,
  ModuleReport,
  RankReport,
  StepReport,
  Straggler,
  WorkCheck,
} from '@flowsim/analysis'
import type { Estimate, HardwareSpec, KernelOperation, KernelTrace } from '@flowsim/trace-schema'

/** Predicted times. */
export interface ReportPrediction {
  hardware: HardwareSpec
  model: string
  /** One for each kernel, in the order of the trace; null where the model has no answer. */
  estimates: readonly (Estimate | null)[]
  /** The prediction is for the device of the trace, so that differences are errors of the model. */
  sameDevice: boolean
  /**
   * The device whose measured times were scaled by the ratio of estimates; null or absent where the estimates
   * are the model's alone.
   */
  relativeTo?: string | null
  /** GPU kernels without an estimate. Default: those with null, helpers of others left out. */
  unanswered?: { count: number; timeShare: number }
  /** GPU kernels whose dimensions imply more than the device can do. Default: none. */
  doubtful?: { count: number; timeShare: number }
  /** End-to-end times of a replay; null where too little is predicted for one. */
  endToEnd?: { measuredNs: number; predictedNs: number; p10Ns: number; p90Ns: number } | null
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
  breakdown: Breakdown
  layers?: LayerReport
  steps?: StepReport
  /** `byModule` with `by: 'class'`. */
  modules?: ModuleReport
  /** The longest gaps of `idleTime`. */
  idle?: Pick<IdleReport, 'longest'>
  /** `findings` of @flowsim/analysis. */
  findings?: readonly Finding[]
  gemms?: readonly GemmRow[]
  collectives?: Pick<CollectiveReport, 'groups'>
  /** `checkWork` of @flowsim/analysis. */
  work?: WorkCheck
  ranks?: RankReport
  stragglers?: readonly Straggler[]
  /** `measuredPath` of @flowsim/replay. */
  criticalPath?: {
    windowNs: number
    kinds: Readonly<Record<string, number>>
    kernels: readonly { name: string; count: number; ns: number }[]
  }
  prediction?: ReportPrediction
  /** Sentences that the reader must see. */
  warnings?: readonly string[]
}
