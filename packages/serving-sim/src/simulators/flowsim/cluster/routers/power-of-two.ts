// The better of two. Source: Mitzenmacher, "The power of two choices" (IEEE TPDS 12, 2001).
import { below } from '../../../../random/random.js'
import type { CreateRouter } from '../router.js'

export const powerOfTwo: CreateRouter = (_, random) => ({
  pick(_, instances) {
    const a = instances[below(random, instances.length)]!
    const b = instances[below(random, instances.length)]!
    return b.load < a.load ? b : a
  },
})
