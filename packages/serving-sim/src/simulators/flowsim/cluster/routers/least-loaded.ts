import type { CreateRouter } from '../router.js'
import type { RoutingView } from '../routing-view.js'

/** The instance with the fewest requests; equal ones take turns. */
export const leastLoaded: CreateRouter = () => {
  let turn = 0
  return { pick: (_, views) => lightest(views, turn++) }
}

/** The instance with the fewest requests, the first one from `turn` on. */
export function lightest(views: readonly RoutingView[], turn: number): RoutingView {
  let best = views[turn % views.length]!
  for (let i = 1; i < views.length; i++) {
    const candidate = views[(turn + i) % views.length]!
    if (candidate.load < best.load) best = candidate
  }
  return best
}
