// A candidate as `serving run` simulates it.
import { prepareServing, ServingError } from '@flowsim/serving-sim'
import type { ServingCost, ServingReport, WorkloadRequest } from '@flowsim/trace-schema'
import { costOf } from '../cost/cost-of.js'
import type { Deployments } from './deployments.js'
import { type Candidate, configOf } from './family.js'
import { judge, type LimitResult } from './limits.js'
import type { PlanQuestion } from './question.js'
import type { Trial } from './search.js'

/** What is kept of a simulation. */
export interface Simulated {
  report: ServingReport
  cost: ServingCost
  limits: LimitResult[]
}

/** Requests of a short simulation. */
const PROBED = 500
/** A limit is surely missed where a short simulation is above it by so much. */
const SURELY = 1.25

/** Simulates the whole deployment with all requests. */
export function simulateCandidate(
  question: PlanQuestion,
  deployments: Deployments,
  candidate: Candidate,
  requests?: readonly WorkloadRequest[],
): Trial<Simulated | null> {
  const text = JSON.stringify(configOf(question, candidate))
  try {
    const prepared = prepareServing(text, {
      source: 'plan',
      readText: question.readText,
      stepTimes: deployments.stepTimes,
      ...(requests === undefined ? {} : { requests }),
    })
    const result = prepared.run()
    const { report } = result
    const { completed = 0, length_capped = 0 } = report.requests
    const limits = judge(question.limits, result)
    const isServed = completed + length_capped === result.requests.length
    return {
      limits,
      met: isServed && limits.every(({ met }) => met),
      isDecodeFull: isDecodeFull(result.instances),
      outcome: {
        report,
        cost: costOf(result, { settings: question.cost, prices: question.prices }),
        limits,
      },
    }
  } catch (error) {
    if (!(error instanceof ServingError)) throw error
    return {
      limits: [],
      met: false,
      isDecodeFull: false,
      outcome: null,
      refusal: { code: error.code, message: error.message },
    }
  }
}

/**
 * A short simulation of what one instance of an aggregated deployment sees: every n-th request, as round robin deals
 * them out. It refutes a candidate that is far off.
 * @returns null where only the whole simulation can tell
 */
export function probeCandidate(
  question: PlanQuestion,
  deployments: Deployments,
  candidate: Candidate,
): Trial<Simulated | null> | null {
  const [count = 1] = candidate.counts
  const isSplit = candidate.counts.length > 1
  const all = question.requests
  const requests = isSplit ? all : all.filter((_, i) => i % count === 0)
  const few = requests.slice(0, isSplit ? PROBED * 2 : PROBED)
  const one = isSplit ? candidate : { ...candidate, counts: [1] }
  if (few.length >= all.length && isSplit) return null
  const trial = simulateCandidate(question, deployments, one, few)
  if (trial.outcome === null) return trial
  const isHopeless = trial.limits.some(
    ({ valueS, mostS }) => valueS === null || valueS > SURELY * mostS,
  )
  return isHopeless ? trial : null
}

/** Share of the KV cache from which requests wait for room. */
const FULL = 0.95

function isDecodeFull(instances: readonly ServingReport[]): boolean {
  return instances.some(
    ({ instance, kvBlocks }) =>
      instance.startsWith('decode') && kvBlocks !== null && kvBlocks.peak > FULL * kvBlocks.total,
  )
}
