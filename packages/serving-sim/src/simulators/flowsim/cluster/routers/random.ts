import { below } from '../../../../random/random.js'
import type { CreateRouter } from '../router.js'

/** Any of them. */
export const random: CreateRouter = ({ random: source }) => ({
  pick: (_, views) => views[below(source, views.length)]!,
})
