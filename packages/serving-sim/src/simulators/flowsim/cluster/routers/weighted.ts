// The instance with the highest weighted sum of scores, as in llm-d's scheduler; equal sums take turns. What most
// requests share counts for nothing in the scores of prefixes.
import type { CreateRouter } from '../router.js'
import { ROUTING_SCORERS, type ScorerName } from '../scorers/index.js'

const PREFIX_SCORERS: readonly ScorerName[] = ['prefix-cache', 'prefix-share', 'no-hit-lru']

export const weighted: CreateRouter = ({ options: { scorers }, prefixes }) => {
  const weights = Object.entries(scorers) as [ScorerName, number][]
  const weighed = weights.map(([name, weight]) => {
    const made = ROUTING_SCORERS[name]()
    return typeof made === 'function'
      ? { score: made, routed: null, weight }
      : { score: made.score, routed: made.routed, weight }
  })
  let turn = 0
  return {
    readsPrefixes: weights.some(([name]) => PREFIX_SCORERS.includes(name)),
    pick(sequence, views) {
      const total = new Array<number>(views.length).fill(0)
      for (const { score, weight } of weighed) {
        const scores = score(sequence, views, prefixes)
        for (const [i, each] of scores.entries()) total[i] = total[i]! + weight * each
      }
      const most = Math.max(...total)
      const best = views.filter((_, i) => total[i] === most)
      const picked = best[turn++ % best.length]!
      for (const { routed } of weighed) routed?.(sequence, picked.instance)
      return picked
    },
  }
}
