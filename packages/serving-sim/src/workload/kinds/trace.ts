// Recorded workloads, as they were or changed.
import { z } from 'zod'
import { requests, tokens } from '../../config/limits.js'
import { ServingError } from '../../errors.js'
import { randomSource } from '../../random/random.js'
import { arrivalSchema, arrivalTimes } from '../arrivals.js'
import { changeTrace } from '../change-trace.js'
import { defineWorkload } from '../workload-kind.js'

const factor = z.number().positive().optional()

export const trace = defineWorkload({
  type: 'trace',
  fields: {
    file: z.string(),
    /** Left out, told by the contents. */
    format: z.string().optional(),
    limit: requests.optional(),
    timeScale: factor,
    ratePerS: factor,
    inputScale: factor,
    outputScale: factor,
    maxTokens: tokens.positive().optional(),
    /** For traces without times. */
    arrival: arrivalSchema.optional(),
  },
  build({ file, format, arrival, ...changes }, { seed, readTrace, place }) {
    const recorded = readTrace(file, format)
    if (!recorded.hasTimes && arrival === undefined) {
      throw new ServingError(
        'invalid_config',
        `workload: ${file} has no arrival times; add arrival`,
        place,
      )
    }
    const changed = changeTrace(recorded.requests, changes)
    const ratePerS = changes.ratePerS ?? null
    if (arrival === undefined) return { requests: changed, ratePerS }
    const times = arrivalTimes(arrival, randomSource(seed))
    for (const [i, request] of changed.entries()) {
      const next = times.next()
      if (next.done === true) return { requests: changed.slice(0, i), ratePerS }
      request.arrivalNs = next.value
    }
    return { requests: changed, ratePerS }
  },
})
