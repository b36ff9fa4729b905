import type { Instance } from '../../instance/instance.js'
import type { CreateScorer } from './scorer.js'

/** 1 where the session's last request went, else 0: llm-d's session-affinity-scorer. */
export const sessionAffinity: CreateScorer = () => {
  const homes = new Map<string, Instance>()
  return {
    score: ({ session }, views) => {
      const home = session === null ? undefined : homes.get(session)
      return views.map(({ instance }) => (instance === home ? 1 : 0))
    },
    routed({ session }, instance) {
      if (session !== null) homes.set(session, instance)
    },
  }
}
