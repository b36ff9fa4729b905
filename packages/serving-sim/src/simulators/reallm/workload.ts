// ReaLLM's sampled traces as a kind of workloads.
import { z } from 'zod'
import { defineWorkload } from '../../workload/workload-kind.js'
import { ReallmTraces } from './traces.js'

export const reallmWorkload = defineWorkload({
  type: 'reallm',
  fields: {
    /** Trace whose lengths are drawn: Azure's CSV. */
    file: z.string(),
    /** Rates in the order in which ReaLLM draws them; the last one is run. */
    rates: z.array(z.number().positive()).min(1),
    maxRequests: z.int().positive().default(50_000),
    endTimeS: z.number().positive().default(500),
  },
  build({ file, rates, maxRequests, endTimeS }, { seed, readTrace }) {
    const { requests } = readTrace(file)
    const lengths = {
      inputTokens: requests.map(({ inputTokens }) => inputTokens),
      outputTokens: requests.map(({ outputTokens }) => outputTokens),
    }
    const traces = new ReallmTraces(seed)
    const draw = (ratePerS: number) => traces.next(lengths, ratePerS, { maxRequests, endTimeS })
    const drawn = rates.map(draw).at(-1)!
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
