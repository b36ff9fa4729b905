// Which instance a request goes to.
import type { RandomSource } from '../../../random/random.js'
import type { Instance } from '../instance.js'
import type { Sequence } from '../sequence.js'
import type { RoutingPolicy } from './routers/index.js'
import type { ScorerName } from './scorers.js'

export interface RoutingOptions {
  policy: RoutingPolicy
  /** Weights of a `weighted` router. */
  scorers: Partial<Record<ScorerName, number>>
}

/** Picks an instance for each request; it sees the state of the moment. */
export interface Router {
  pick(sequence: Sequence, instances: readonly Instance[]): Instance
}

/** Makes a router; `random` is for those that draw. */
export type CreateRouter = (options: RoutingOptions, random: RandomSource) => Router
