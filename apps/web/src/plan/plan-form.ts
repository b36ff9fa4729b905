// What the form of a plan holds.

/** The fields; numbers as they are typed. */
export interface PlanForm {
  model: string
  hardware: string
  engine: string
  mode: 'aggregated' | 'disaggregated' | 'both'
  /** Most devices. */
  devices: number
  ratePerS: number
  /** Means of lengths that spread as chat traffic does. */
  inputTokens: number
  outputTokens: number
  /** Limit of the 99th percentile. */
  ttftMs: number
  /** Limit of the mean. */
  tpotMs: number
  /** Simulations at most. */
  simulations: number
}

/** Where the form starts. */
export const FIRST_PLAN: PlanForm = {
  model: 'llama-3.1-8b',
  hardware: 'h100_sxm',
  engine: 'vllm',
  mode: 'aggregated',
  devices: 8,
  ratePerS: 10,
  inputTokens: 1000,
  outputTokens: 200,
  ttftMs: 1000,
  tpotMs: 30,
  simulations: 30,
}
