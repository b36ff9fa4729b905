// The instance with the highest weighted sum of scores.
import type { CreateRouter } from '../router.js'
import { ROUTING_SCORERS, type ScorerName } from '../scorers.js'

export const weighted: CreateRouter = ({ scorers }) => ({
  pick(sequence, instances) {
    const total = new Array<number>(instances.length).fill(0)
    for (const [name, weight] of Object.entries(scorers)) {
      const scores = ROUTING_SCORERS[name as ScorerName](sequence, instances)
      for (const [i, score] of scores.entries()) total[i] = total[i]! + weight * score
    }
    return instances[total.indexOf(Math.max(...total))]!
  },
})
