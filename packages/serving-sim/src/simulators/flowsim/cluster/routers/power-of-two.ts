// The better of two. Source: Mitzenmacher, "The power of two choices" (IEEE TPDS 12, 2001).
import { below } from '../../../../random/random.js'
import type { CreateRouter } from '../router.js'

export const powerOfTwo: CreateRouter = ({ random }) => ({
  pick(_, views) {
    const a = views[below(random, views.length)]!
    const b = views[below(random, views.length)]!
    return b.load < a.load ? b : a
  },
})
