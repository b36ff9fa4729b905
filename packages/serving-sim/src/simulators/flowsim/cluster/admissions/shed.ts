// When instances are saturated, requests of a priority of at least `shedPriority` are refused. Saturation is the
// mean over instances of max(queue, KV), each over its limit: as the Kubernetes gateway's inference extension.
import type { CreateAdmission } from '../admission.js'

export const shed: CreateAdmission = ({ maxQueue, maxKvUse, shedPriority }) => ({
  admits({ priority }, instances) {
    if (priority < shedPriority) return true
    const saturation = instances.reduce(
      (sum, { queued, kvUse }) => sum + Math.max(queued / maxQueue, kvUse / maxKvUse),
      0,
    )
    return saturation / instances.length < 1
  },
})
