// The routers, by name. A new one is a file and a line here.
import type { CreateRouter } from '../router.js'
import { leastLoaded } from './least-loaded.js'
import { overlap } from './overlap.js'
import { powerOfTwo } from './power-of-two.js'
import { prefixAware } from './prefix-aware.js'
import { random } from './random.js'
import { roundRobin } from './round-robin.js'
import { session } from './session.js'
import { weighted } from './weighted.js'

export const ROUTERS = {
  'round-robin': roundRobin,
  random,
  'least-loaded': leastLoaded,
  'power-of-two': powerOfTwo,
  'prefix-aware': prefixAware,
  overlap,
  session,
  weighted,
} as const satisfies Record<string, CreateRouter>

export type RoutingPolicy = keyof typeof ROUTERS

/** Names of the routers. */
export const ROUTING_POLICIES = Object.keys(ROUTERS) as RoutingPolicy[]
