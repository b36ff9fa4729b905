// Dynamo's KV router: the instance with the least cost, in blocks,
//
//   overlapWeight · (prompt blocks that wait there + those of the request that are not cached there)
//   + blocks in use there + those of the request
//
// Source: ai-dynamo/dynamo, router design (0.4 to 1.6), temperature 0; equal costs take turns. One thing is ours: what
// most requests share counts as cached everywhere.
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
      const common = prefixes.commonTokens(sequence, views[0]!.instance)
      for (let i = 0; i < views.length; i++) {
        const view = views[(turn + i) % views.length]!
        const { instance } = view
        const cached = Math.max(common, prefixes.cachedTokens(sequence, instance))
        const prompt = sequence.inputTokens - cached
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
