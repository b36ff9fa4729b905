// What a weighted router scores, each from 0 to 1.
import type { Instance } from '../instance.js'
import type { Sequence } from '../sequence.js'

type Scorer = (sequence: Sequence, instances: readonly Instance[]) => number[]

export const ROUTING_SCORERS = {
  /** Share of the prompt that is cached there, relative to the best instance. */
  'prefix-cache': (sequence, instances) => {
    const cached = instances.map((instance) => instance.kv.cachedTokens(sequence))
    const most = Math.max(...cached)
    return cached.map((tokens) => (most === 0 ? 1 : tokens / most))
  },
  /** Fewer waiting requests, between the longest and the shortest queue. */
  'queue-depth': (_, instances) => fewest(instances.map(({ queued }) => queued)),
  /** Free KV blocks. */
  'kv-utilization': (_, instances) => instances.map(({ kvUse }) => 1 - kvUse),
  /** Fewer requests in all: 1 / (1 + load). */
  'load-balance': (_, instances) => instances.map(({ load }) => 1 / (1 + load)),
  /** Fewer running requests, between the most and the fewest. */
  'running-requests': (_, instances) => fewest(instances.map(({ running }) => running.length)),
} as const satisfies Record<string, Scorer>

export type ScorerName = keyof typeof ROUTING_SCORERS

function fewest(counts: readonly number[]): number[] {
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  return counts.map((count) => (most === least ? 1 : (most - count) / (most - least)))
}
