import type { Instance } from '../../instance.js'
import type { CreateRouter } from '../router.js'

/** The instance with the fewest requests; equal ones take turns. */
export const leastLoaded: CreateRouter = () => {
  let turn = 0
  return { pick: (_, instances) => lightest(instances, turn++) }
}

/** The instance with the fewest requests, the first one from `turn` on. */
export function lightest(instances: readonly Instance[], turn: number): Instance {
  let best = instances[turn % instances.length]!
  for (let i = 1; i < instances.length; i++) {
    const candidate = instances[(turn + i) % instances.length]!
    if (candidate.load < best.load) best = candidate
  }
  return best
}
