import type { Instance } from '../../instance/instance.js'
import { type CreateScorer, specificTokens } from './scorer.js'

/**
 * Spreads prompts of which no instance holds anything, so that caches fill evenly: 1 for the instance that got such a
 * prompt never or longest ago, evenly down to 0 for the last; ½ for all where one holds something. llm-d's
 * no-hit-lru-scorer.
 */
export const noHitLru: CreateScorer = () => {
  /** In order of their last prompt that none held. */
  const used = new Set<Instance>()
  let isCold = false
  return {
    score(sequence, views, prefixes) {
      isCold = specificTokens(sequence, views, prefixes).cached.every((tokens) => tokens === 0)
      if (!isCold) return views.map(() => 0.5)
      const age = new Map([...used].map((instance, i) => [instance, i]))
      const order = views
        .map(({ instance }, i) => ({ i, age: age.get(instance) ?? -1 }))
        .sort((a, b) => a.age - b.age)
      const scores = new Array<number>(views.length)
      for (const [rank, { i }] of order.entries()) {
        scores[i] = views.length === 1 ? 1 : 1 - rank / (views.length - 1)
      }
      return scores
    },
    routed(_, instance) {
      if (!isCold) return
      used.delete(instance)
      used.add(instance)
    },
  }
}
