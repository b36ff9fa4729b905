// ReaLLM's sampled traces as a kind of workloads.
import { z } from 'zod'
import { requests as requestCount } from '../../config/limits.js'
import { defineWorkload } from '../../workload/workload-kind.js'
import { ReallmTraces } from './traces.js'

export const reallmWorkload = defineWorkload({
  type: 'reallm',
  fields: {
    /** Trace whose lengths are drawn, Azure's CSV; or one for each task, in the order of ReaLLM's `tasks`. */
    file: z.union([z.string(), z.array(z.string()).min(1)]),
    /** Rates in the order in which ReaLLM draws them, for each task; the last one of the last task is run. */
    rates: z.array(z.number().positive()).min(1),
    maxRequests: requestCount.default(50_000),
    endTimeS: z.number().positive().default(500),
  },
  build({ file, rates, maxRequests, endTimeS }, { seed, readTrace }) {
    const traces = new ReallmTraces(seed)
    const tasks = typeof file === 'string' ? [file] : file
    const draws = tasks.flatMap((task) => {
      const { requests } = readTrace(task)
      const lengths = {
        inputTokens: requests.map(({ inputTokens }) => inputTokens),
        outputTokens: requests.map(({ outputTokens }) => outputTokens),
      }
      return rates.map((ratePerS) => traces.next(lengths, ratePerS, { maxRequests, endTimeS }))
    })
    const drawn = draws.at(-1)!
    return {
      requests: drawn.map(({ id, arrivalS, inputTokens, outputTokens }) => ({
        id: String(id),
        arrivalNs: Math.round(arrivalS * 1e9),
        inputTokens,
        outputTokens,
      })),
      ratePerS: rates.at(-1)!,
    }
  },
})
