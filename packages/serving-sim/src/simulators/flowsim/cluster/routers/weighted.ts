// The instance with the highest weighted sum of scores, as in llm-d's scheduler; equal sums take turns. What most
// requests share counts for nothing in the scores of prefixes.
import type { CreateRouter } from '../router.js'
import { ROUTING_SCORERS, type ScorerName } from '../scorers/index.js'

export const weighted: CreateRouter = ({ options: { scorers }, prefixes }) => {
  const weights = Object.entries(scorers) as [ScorerName, number][]
  let turn = 0
  return {
    readsPrefixes: weights.some(([name]) => name.startsWith('prefix-')),
    pick(sequence, views) {
      const total = new Array<number>(views.length).fill(0)
      for (const [name, weight] of weights) {
        const scores = ROUTING_SCORERS[name](sequence, views, prefixes)
        for (const [i, score] of scores.entries()) total[i] = total[i]! + weight * score
      }
      const most = Math.max(...total)
      const best = views.filter((_, i) => total[i] === most)
      return best[turn++ % best.length]!
    },
  }
}
