import { below } from '../../../../random/random.js'
import type { CreateRouter } from '../router.js'

/** Any of them. */
export const random: CreateRouter = (_, source) => ({
  pick: (_, instances) => instances[below(source, instances.length)]!,
})
