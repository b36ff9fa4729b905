// Requests of a session stay together: the production stack's session router. A request without a session, and the
// first of each, goes to the least loaded instance.
import type { CreateRouter } from '../router.js'
import type { RoutingView } from '../routing-view.js'
import { lightest } from './least-loaded.js'

export const session: CreateRouter = () => {
  const homes = new Map<string, RoutingView['instance']>()
  let turn = 0
  return {
    pick(sequence, views) {
      const home = sequence.session === null ? undefined : homes.get(sequence.session)
      const known = views.find(({ instance }) => instance === home)
      if (known !== undefined) return known
      const picked = lightest(views, turn++)
      if (sequence.session !== null) homes.set(sequence.session, picked.instance)
      return picked
    },
  }
}
