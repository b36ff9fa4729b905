import type { CreateRouter } from '../router.js'

/** One after the other. */
export const roundRobin: CreateRouter = () => {
  let turn = 0
  return { pick: (_, views) => views[turn++ % views.length]! }
}
