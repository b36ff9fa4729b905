import type { CreateAdmission } from '../admission.js'

/** No more waiting requests than `maxQueue` on each instance. */
export const queueLimit: CreateAdmission = ({ maxQueue }) => ({
  admits(_, instances) {
    const waiting = instances.reduce((sum, instance) => sum + instance.queued, 0)
    return waiting < maxQueue * instances.length
  },
})
