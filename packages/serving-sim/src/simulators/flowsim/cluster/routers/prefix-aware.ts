// SGLang's cache-aware router. While the loads are in balance, a request goes where most of its prompt is cached,
// if that is more than `cacheThreshold` of it, else to the instance that holds least. They are out of balance if
// the most and the least loaded differ by more than `balanceAbsThreshold` requests and by more than the factor
// `balanceRelThreshold`: then the least loaded one takes it.
//
// Source: sgl-router, cache_aware (0.4 to 0.5). One thing is ours: what most requests share counts for nothing, so
// that a system prompt that is most of every prompt does not send all of them to one instance.
import type { CreateRouter } from '../router.js'
import type { RoutingView } from '../routing-view.js'
import { lightest } from './least-loaded.js'

export const prefixAware: CreateRouter = ({ options, prefixes }) => {
  const { cacheThreshold, balanceAbsThreshold, balanceRelThreshold } = options
  let turn = 0
  const isBalanced = (views: readonly RoutingView[]) => {
    let most = 0
    let least = Number.POSITIVE_INFINITY
    for (const { load } of views) {
      if (load > most) most = load
      if (load < least) least = load
    }
    return most - least <= balanceAbsThreshold || most <= least * balanceRelThreshold
  }
  return {
    readsPrefixes: true,
    pick(sequence, views) {
      turn++
      if (!isBalanced(views)) return lightest(views, turn)
      const cached = views.map(({ instance }) => prefixes.cachedTokens(sequence, instance))
      const best = Math.max(...cached)
      const common = prefixes.commonTokens(sequence, views[0]!.instance)
      if (best - common > cacheThreshold * (sequence.inputTokens - common)) {
        return lightest(
          views.filter((_, i) => cached[i] === best),
          turn,
        )
      }
      const sizes = views.map(({ instance }) => prefixes.size(instance))
      const smallest = Math.min(...sizes)
      return lightest(
        views.filter((_, i) => sizes[i] === smallest),
        turn,
      )
    },
  }
}
