// The traffic of a plan: how many requests are simulated, and what a section `workload` means.
import { type PrepareOptions, prepareServing } from '@flowsim/serving-sim'
import type { WorkloadRequest } from '@flowsim/trace-schema'

/** Requests of a plan: those of a minute, at least and at most so many. */
const FEWEST = 1000
const MOST = 5000
const SECONDS = 60

/** Poisson traffic of a rate as a section `workload`; lengths are numbers of tokens or distributions. */
export function trafficOf({
  ratePerS,
  inputTokens,
  outputTokens,
  requests = Math.min(MOST, Math.max(FEWEST, Math.round(ratePerS * SECONDS))),
}: {
  ratePerS: number
  inputTokens: unknown
  outputTokens: unknown
  requests?: number | undefined
}): Record<string, unknown> {
  return {
    type: 'synthetic',
    requests,
    arrival: { process: 'poisson', ratePerS },
    inputTokens,
    outputTokens,
  }
}

/**
 * The requests that a section means, the same as in its simulations.
 * @throws ServingError
 */
export function requestsOf(
  workload: Readonly<Record<string, unknown>>,
  seed: number,
  options: Omit<PrepareOptions, 'source'>,
): readonly WorkloadRequest[] {
  const config = { seed, workload, stepTime: { type: 'linear', perStepUs: 1 }, kv: { blocks: 1 } }
  return prepareServing(JSON.stringify(config), { ...options, source: 'workload' }).requests
}
