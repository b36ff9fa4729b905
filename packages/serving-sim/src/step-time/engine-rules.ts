// How a serving engine runs steps and admits requests, where its versions differ: facts that a deployment gives.

/** Sizes of steps that an engine has CUDA graphs of. */
export type GraphSizes =
  /** These, ascending. */
  | readonly number[]
  /** Every size up to this one, as where nothing is known. */
  | { upTo: number }

/** Facts about one version of an engine. */
export interface EngineRules {
  /** Engine and version, such as `vllm 0.19`. */
  name: string
  /** CUDA graphs of whole steps that only decode, by sequences; those with other sizes run eagerly. */
  decodeGraphs: GraphSizes
  /** Piecewise CUDA graphs of steps with prompts, by tokens; those with other sizes run eagerly. */
  prefillGraphs: GraphSizes
  /** Whether a step between two sizes is filled up to the larger one. */
  padsToGraph: boolean
  /** Whether the next step is scheduled, and its inputs are prepared, while a step runs. */
  asyncScheduling: boolean
  /**
   * Blocks that a request has when it starts: those that it needs then, or those of its whole output, so that
   * nothing is ever evicted.
   */
  reservation: 'as-needed' | 'whole-output'
  /** Nanoseconds from the arrival of a request until the scheduler can see it: HTTP, tokenisation. */
  arrivalNs(inputTokens: number): number
}

/** An engine of which nothing is known: steps take what their model says. */
export const PLAIN_ENGINE: EngineRules = {
  name: 'plain',
  decodeGraphs: { upTo: Number.POSITIVE_INFINITY },
  prefillGraphs: { upTo: Number.POSITIVE_INFINITY },
  padsToGraph: false,
  asyncScheduling: false,
  reservation: 'as-needed',
  arrivalNs: () => 0,
}
