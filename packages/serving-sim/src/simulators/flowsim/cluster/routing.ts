// Which instance a request goes to. Every policy sees the state of the moment.
import type { Random } from '../../../random/random.js'
import type { Instance } from '../instance.js'
import type { Sequence } from '../sequence.js'

/** What a weighted router scores, each from 0 to 1. */
export const ROUTING_SCORERS = {
  /** Share of the prompt that is cached there, relative to the best instance. */
  'prefix-cache': (sequence, instances) => {
    const cached = instances.map((instance) => instance.kv.cachedTokens(sequence))
    const most = Math.max(...cached)
    return cached.map((tokens) => (most === 0 ? 1 : tokens / most))
  },
  /** Fewer waiting requests, between the longest and the shortest queue. */
  'queue-depth': (_, instances) => fewest(instances.map(({ waiting }) => waiting.length)),
  /** Free KV blocks. */
  'kv-utilization': (_, instances) => instances.map(({ kvUse }) => 1 - kvUse),
  /** Fewer requests in all: 1 / (1 + load). */
  'load-balance': (_, instances) => instances.map(({ load }) => 1 / (1 + load)),
  /** Fewer running requests, between the most and the fewest. */
  'running-requests': (_, instances) => fewest(instances.map(({ running }) => running.length)),
} as const satisfies Record<
  string,
  (sequence: Sequence, instances: readonly Instance[]) => number[]
>

export type RoutingScorer = keyof typeof ROUTING_SCORERS

export const ROUTING_POLICIES = [
  'round-robin',
  'random',
  'least-loaded',
  'power-of-two',
  'prefix-aware',
  'weighted',
] as const

export interface RoutingOptions {
  policy: (typeof ROUTING_POLICIES)[number]
  /** Weights of a `weighted` router. */
  scorers: Partial<Record<RoutingScorer, number>>
}

/** Picks an instance for a request. */
export type Router = (sequence: Sequence, instances: readonly Instance[]) => Instance

/** A router; `random` breaks ties where a policy draws. */
export function createRouter({ policy, scorers }: RoutingOptions, random: Random): Router {
  let turn = 0
  switch (policy) {
    case 'round-robin':
      return (_, instances) => instances[turn++ % instances.length]!
    case 'random':
      return (_, instances) => instances[random.below(instances.length)]!
    case 'least-loaded':
      return (_, instances) => lightest(instances, turn++)
    case 'power-of-two':
      // Mitzenmacher, "The power of two choices" (IEEE TPDS 12, 2001).
      return (_, instances) => {
        const a = instances[random.below(instances.length)]!
        const b = instances[random.below(instances.length)]!
        return b.load < a.load ? b : a
      }
    case 'prefix-aware':
      return (sequence, instances) => {
        const loads = instances.map(({ load }) => load)
        const most = Math.max(...loads)
        const least = Math.min(...loads)
        // As in SGLang's router: balance first when the loads have drifted apart.
        if (most - least > 32 && most > 1.5 * least) return lightest(instances, turn++)
        const cached = instances.map((instance) => instance.kv.cachedTokens(sequence))
        const best = Math.max(...cached)
        return lightest(
          instances.filter((_, i) => cached[i] === best),
          turn++,
        )
      }
    case 'weighted':
      return (sequence, instances) => {
        const total = new Array<number>(instances.length).fill(0)
        for (const [name, weight] of Object.entries(scorers)) {
          const scores = ROUTING_SCORERS[name as RoutingScorer](sequence, instances)
          for (const [i, score] of scores.entries()) total[i] = total[i]! + weight * score
        }
        return instances[total.indexOf(Math.max(...total))]!
      }
  }
}

/** The instance with the fewest requests; equal ones take turns. */
function lightest(instances: readonly Instance[], turn: number): Instance {
  let best = instances[turn % instances.length]!
  for (let i = 1; i < instances.length; i++) {
    const candidate = instances[(turn + i) % instances.length]!
    if (candidate.load < best.load) best = candidate
  }
  return best
}

function fewest(counts: readonly number[]): number[] {
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  return counts.map((count) => (most === least ? 1 : (most - count) / (most - least)))
}
