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
   * Blocks that a request has when it starts: those that it needs then, those of its whole prompt, or those of its
   * whole output, so that nothing is ever evicted.
   */
  reservation: 'as-needed' | 'prompt' | 'whole-output'
  /** Nanoseconds that a step takes longer when it drafts, beside its kernels. */
  draftNs: number
  /** Nanoseconds of a step of an instance that prefills for others, beside its kernels. */
  contextNs: number
  frontend: Frontend
}

/**
 * What lies between a client and the scheduler: HTTP, tokenisation. One process does it for all requests of an
 * instance, and between two turns of a request it sends what others have generated.
 */
export interface Frontend {
  /** Nanoseconds of a request that is alone. */
  requestNs: number
  /** Beside that where others are there. */
  busyNs: number
  /** For each token of its prompt. */
  inputTokenNs: number
  /** For each other request of the instance. */
  otherRequestNs: number
}

/** No frontend: the scheduler sees a request when it arrives. */
export const NO_FRONTEND: Frontend = { requestNs: 0, busyNs: 0, inputTokenNs: 0, otherRequestNs: 0 }

/** An engine of which nothing is known: steps take what their model says. */
export const PLAIN_ENGINE: EngineRules = {
  name: 'plain',
  decodeGraphs: { upTo: Number.POSITIVE_INFINITY },
  prefillGraphs: { upTo: Number.POSITIVE_INFINITY },
  padsToGraph: false,
  asyncScheduling: false,
  reservation: 'as-needed',
  draftNs: 0,
  contextNs: 0,
  frontend: NO_FRONTEND,
}
