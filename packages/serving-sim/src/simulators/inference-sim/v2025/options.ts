/** Flags of `simulation_worker run` of November 2025, in its units. */
export interface Options2025 {
  /** Most requests in the running batch. */
  maxNumRunningReqs: number
  totalKvBlocks: number
  /** Token budget of a step. */
  maxNumScheduledTokens: number
  blockSizeInTokens: number
  /** Prompts longer than this are prefilled in chunks of it; 0: no. */
  longPrefillTokenThreshold: number
  /** Seconds: constant, for each prefill token, for each decode token of a step. */
  regressionCoeffs: readonly [number, number, number]
  /** Microseconds: for each prompt token, constant; from arrival to the queue. */
  queuingCoeffs: readonly [number, number]
  /** Microseconds: for each prompt token, constant; after the last token. */
  finishedCoeffs: readonly [number, number]
  /** Microseconds; requests and steps after it do not happen. */
  horizonUs: number
  /** Requests a second of the workload, for the throughput ratio. */
  ratePerS: number
  /** Replicas; requests go to a random one (seed 0). Default 1. */
  numReplicas?: number
}
