// The instance that has most of the prompt cached, unless the loads have drifted apart: as SGLang's router.
import type { CreateRouter } from '../router.js'
import { lightest } from './least-loaded.js'

export const prefixAware: CreateRouter = () => {
  let turn = 0
  return {
    pick(sequence, instances) {
      const loads = instances.map(({ load }) => load)
      const most = Math.max(...loads)
      const least = Math.min(...loads)
      if (most - least > 32 && most > 1.5 * least) return lightest(instances, turn++)
      const cached = instances.map((instance) => instance.kv.cachedTokens(sequence))
      const best = Math.max(...cached)
      return lightest(
        instances.filter((_, i) => cached[i] === best),
        turn++,
      )
    },
  }
}
