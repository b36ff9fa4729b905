// Dynamo's KV router: the instance with the least cost, in blocks,
//
//   overlapWeight · (prompt blocks that wait there + those of the request that are not cached there)
//   + blocks in use there + those of the request
//
// Source: ai-dynamo/dynamo, router design (0.4 to 1.6), temperature 0; equal costs take turns.
import type { CreateRouter } from '../router.js'
import type { RoutingView } from '../routing-view.js'

export const overlap: CreateRouter = ({ options: { overlapWeight }, prefixes }) => {
  let turn = 0
  return {
    readsPrefixes: true,
    pick(sequence, views) {
      let best: RoutingView | undefined
      let least = Number.POSITIVE_INFINITY
      turn++
      for (let i = 0; i < views.length; i++) {
        const view = views[(turn + i) % views.length]!
        const { instance } = view
        const prompt = sequence.inputTokens - prefixes.cachedTokens(sequence, instance)
        const prefillBlocks = (instance.pendingPromptTokens + prompt) / instance.kv.blockSize
        const activeBlocks = view.kvUse * instance.kv.blocks
        const cost = overlapWeight * prefillBlocks + activeBlocks
        if (cost >= least) continue
        best = view
        least = cost
      }
      return best!
    },
  }
}
