// Recorded workloads, as they were or changed.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { z } from 'zod'
import { requests, tokens } from '../../config/limits.js'
import { ServingError } from '../../errors.js'
import { randomSource } from '../../random/random.js'
import type { Assumption } from '../../step-time/deployment.js'
import { arrivalSchema, arrivalTimes } from '../arrivals.js'
import { changeTrace } from '../change-trace.js'
import { CHARACTERS_PER_TOKEN, conversations } from '../traces/conversations.js'
import { defineWorkload } from '../workload-kind.js'

/** What enters where a trace has texts and nothing says how long tokens are. */
const ESTIMATE: Assumption = {
  name: 'workload.charactersPerToken',
  value: CHARACTERS_PER_TOKEN,
  source: "OpenAI's rule of thumb for English text",
  setting: 'workload.charactersPerToken',
}

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
    /** Of texts, whose tokens are estimated. */
    charactersPerToken: factor,
    /** Between the rounds of a conversation, where the trace does not say. */
    thinkS: z.number().nonnegative().optional(),
    /** For traces without times. */
    arrival: arrivalSchema.optional(),
  },
  build(config, { seed, readTrace, place }) {
    const { file, format, arrival, charactersPerToken, thinkS, ...changes } = config
    const recorded = readTrace(file, format, charactersPerToken)
    if (!recorded.hasTimes && arrival === undefined) {
      throw new ServingError(
        'invalid_config',
        `workload: ${file} has no arrival times; add arrival`,
        place,
      )
    }
    const changed = changeTrace(recorded.requests, changes)
    if (thinkS !== undefined) think(changed, thinkS * 1e9)
    const ratePerS = changes.ratePerS ?? null
    const estimates = recorded.format === conversations.name && charactersPerToken === undefined
    const built = { ratePerS, ...(estimates ? { assumptions: [ESTIMATE] } : {}) }
    if (arrival === undefined) return { ...built, requests: changed }
    const times = arrivalTimes(arrival, randomSource(seed))
    let latestNs = 0
    for (const [i, request] of changed.entries()) {
      // Rounds after the first follow the one before; the rate is that of conversations.
      if ((request.round ?? 0) > 0) {
        request.arrivalNs = latestNs
        continue
      }
      const next = times.next()
      if (next.done === true) return { ...built, requests: changed.slice(0, i) }
      request.arrivalNs = next.value
      latestNs = next.value
    }
    return { ...built, requests: changed }
  },
})

/** A wait before each round of a conversation but the first. */
function think(requests: readonly WorkloadRequest[], thinkNs: number): void {
  for (const request of requests) {
    if ((request.round ?? 0) > 0) request.thinkNs ??= Math.round(thinkNs)
  }
}
