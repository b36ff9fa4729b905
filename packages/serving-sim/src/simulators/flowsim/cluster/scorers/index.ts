// The scorers, by name. A new one is a file and a line here.
import { activeRequests } from './active-requests.js'
import { kvUtilization } from './kv-utilization.js'
import { loadAware } from './load-aware.js'
import { loadBalance } from './load-balance.js'
import { noHitLru } from './no-hit-lru.js'
import { prefixCache } from './prefix-cache.js'
import { prefixShare } from './prefix-share.js'
import { queueDepth } from './queue-depth.js'
import { runningRequests } from './running-requests.js'
import type { CreateScorer } from './scorer.js'
import { sessionAffinity } from './session-affinity.js'

export const ROUTING_SCORERS = {
  'prefix-cache': () => prefixCache,
  'prefix-share': () => prefixShare,
  'no-hit-lru': noHitLru,
  'session-affinity': sessionAffinity,
  'queue-depth': () => queueDepth,
  'kv-utilization': () => kvUtilization,
  'load-balance': () => loadBalance,
  'load-aware': () => loadAware,
  'active-requests': () => activeRequests,
  'running-requests': () => runningRequests,
} as const satisfies Record<string, CreateScorer>

export type ScorerName = keyof typeof ROUTING_SCORERS

/** Names of the scorers. */
export const SCORER_NAMES = Object.keys(ROUTING_SCORERS) as ScorerName[]
