// Generated workloads: arrivals at their own times (open loop), or users who wait for their answers (closed loop).
import { ServingError } from '../../errors.js'
import { syntheticFields, syntheticRequests } from '../synthetic.js'
import { defineWorkload } from '../workload-kind.js'

export const synthetic = defineWorkload({
  type: 'synthetic',
  fields: syntheticFields,
  build(config, { seed, place }) {
    if ((config.arrival === undefined) === (config.users === undefined)) {
      throw new ServingError(
        'invalid_config',
        'workload: give either arrival (open loop) or users (closed loop)',
        place,
      )
    }
    return { requests: syntheticRequests({ ...config, seed }), ratePerS: null }
  },
})
