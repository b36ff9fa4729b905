// What a weighted router adds up: a score of each instance from 0 to 1.
import type { Instance } from '../../instance/instance.js'
import type { Sequence } from '../../sequence.js'
import type { KnownPrefixes } from '../prefix-index/known-prefixes.js'
import type { RoutingView } from '../routing-view.js'

export type Scorer = (
  sequence: Sequence,
  views: readonly RoutingView[],
  prefixes: KnownPrefixes,
) => number[]

/** A scorer that remembers where requests went. */
export interface RememberingScorer {
  score: Scorer
  /** A request that was scored goes to an instance. */
  routed(sequence: Sequence, instance: Instance): void
}

/** Makes a scorer for one router. */
export type CreateScorer = () => Scorer | RememberingScorer

/** Tokens of a prompt that each instance holds, beyond those that most requests share. */
export function specificTokens(
  sequence: Sequence,
  views: readonly RoutingView[],
  prefixes: KnownPrefixes,
): { cached: number[]; prompt: number } {
  const common = prefixes.commonTokens(sequence, views[0]!.instance)
  return {
    cached: views.map(({ instance }) =>
      Math.max(0, prefixes.cachedTokens(sequence, instance) - common),
    ),
    prompt: sequence.inputTokens - common,
  }
}

/** 1 for the smallest count, 0 for the largest, 1 for all if they are equal. */
export function fewest(counts: readonly number[]): number[] {
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  return counts.map((count) => (most === least ? 1 : (most - count) / (most - least)))
}
