// The predicted time of one operation.

/** What limits an operation. */
export type Bound = 'compute' | 'memory' | 'launch' | 'network'

/** The predicted time of one operation on described hardware. */
export interface Estimate {
  schema: 'flowsim.estimate/1'
  latencyS: number
  /** One run in ten is faster. */
  p10S: number
  /** One run in ten is slower. */
  p90S: number
  flops: number
  /** Read and written, each operand once. */
  bytes: number
  bound: Bound
  /** Time not hidden behind another part; they add up to `latencyS`. */
  parts: {
    computeS: number
    memoryS: number
    launchS: number
    networkS: number
  }
  model: string
  hardware: string
  /** Calibration profile and version, if one was used. */
  profile: string | null
  /** Assumptions and fall-backs. */
  notes?: string[] | undefined
}
