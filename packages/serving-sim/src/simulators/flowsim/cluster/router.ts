// Which instance a request goes to.
import type { RandomSource } from '../../../random/random.js'
import type { Sequence } from '../sequence.js'
import type { KnownPrefixes } from './prefix-index/known-prefixes.js'
import type { PrefixIndexOptions } from './prefix-index/prefix-index.js'
import type { RoutingPolicy } from './routers/index.js'
import type { RoutingView } from './routing-view.js'
import type { ScorerName } from './scorers/index.js'

export interface RoutingOptions extends PrefixIndexOptions {
  policy: RoutingPolicy
  /** Weights of a `weighted` router. */
  scorers: Partial<Record<ScorerName, number>>
  /** `prefix-aware`: share of a prompt that must be cached for it to go there. */
  cacheThreshold: number
  /** `prefix-aware`: loads are out of balance if they differ by more than so many requests… */
  balanceAbsThreshold: number
  /** …and by more than this factor. */
  balanceRelThreshold: number
  /** `overlap`: weight of the prompt blocks that must be computed against the blocks that are in use. */
  overlapWeight: number
}

/** What a router is made with. */
export interface RouterContext {
  options: RoutingOptions
  /** For routers that draw. */
  random: RandomSource
  prefixes: KnownPrefixes
}

/** Picks an instance for each request. */
export interface Router {
  /** Whether it goes by prefixes, so that they must be kept. */
  readonly readsPrefixes?: boolean

  pick(sequence: Sequence, views: readonly RoutingView[]): RoutingView
}

export type CreateRouter = (context: RouterContext) => Router
