// Aggregate metrics from a table of requests.
import type { LatencySummary, ServingReport } from '@flowsim/trace-schema'
import { mean, quantileSorted } from 'd3-array'
import type { RequestTable } from './request-table.js'
import type { WeightedSamples } from './weighted-samples.js'

/** Limits of a service class, in seconds; a limit that is absent is met. */
export interface SloLimits {
  ttftS?: number
  tpotS?: number
  e2eS?: number
}

/** What a report needs besides the requests. */
export interface ReportContext {
  engine: string
  /** Name of the instance, or `cluster`. */
  instance: string
  durationNs: number
  steps: number
  preemptions: number
  itl: WeightedSamples | null
  kvBlocks: ServingReport['kvBlocks']
  /** Limits by class; `default` holds for requests without a class or without limits of theirs. */
  slo?: Readonly<Record<string, SloLimits>> | undefined
}

/** Mean and percentiles of values in seconds; null of none. */
export function summarise(seconds: ArrayLike<number>): LatencySummary | null {
  if (seconds.length === 0) return null
  const sorted = Float64Array.from(seconds).sort()
  // It takes typed arrays, though its types do not say so.
  const at = (q: number) => quantileSorted(sorted as ArrayLike<number> as number[], q)!
  return {
    count: sorted.length,
    meanS: mean(sorted)!,
    p50S: at(0.5),
    p90S: at(0.9),
    p95S: at(0.95),
    p99S: at(0.99),
    maxS: sorted[sorted.length - 1]!,
  }
}

/** Percentiles of gaps in nanoseconds; null of none. */
export function summariseSamples(samples: WeightedSamples): LatencySummary | null {
  if (samples.count === 0) return null
  const [p50, p90, p95, p99] = samples.quantiles([0.5, 0.9, 0.95, 0.99]) as [
    number,
    number,
    number,
    number,
  ]
  return {
    count: samples.count,
    meanS: samples.mean / 1e9,
    p50S: p50 / 1e9,
    p90S: p90 / 1e9,
    p95S: p95 / 1e9,
    p99S: p99 / 1e9,
    maxS: samples.max / 1e9,
  }
}

/**
 * The report of a run.
 * @param only the index of an instance, for its requests alone
 */
export function buildReport(
  table: RequestTable,
  context: ReportContext,
  only?: number,
): ServingReport {
  const ttft: number[] = []
  const tpot: number[] = []
  const e2e: number[] = []
  const states: Record<string, number> = {}
  let inputTokens = 0
  let outputTokens = 0
  let cachedTokens = 0
  let attained = 0
  let judged = 0
  let finished = 0
  for (let i = 0; i < table.length; i++) {
    if (only !== undefined && table.instance[i] !== only) continue
    const state = table.state(i)
    states[state] = (states[state] ?? 0) + 1
    outputTokens += table.emitted[i]!
    if (table.scheduledNs[i]! >= 0) inputTokens += table.requests[i]!.inputTokens
    cachedTokens += table.cached[i]!
    const arrival = table.arrivalNs[i]!
    const first = table.firstTokenNs[i]!
    const done = state === 'completed' || state === 'length_capped'
    const hasToken = first >= 0 && table.emitted[i]! > 0
    const firstS = (first - arrival) / 1e9
    if (hasToken) ttft.push(firstS)
    const end = table.finishedNs[i]!
    const tokens = table.emitted[i]!
    const perToken = tokens > 1 ? (end - first) / 1e9 / (tokens - 1) : 0
    const wholeS = (end - arrival) / 1e9
    if (done) {
      finished++
      e2e.push(wholeS)
      if (tokens > 1) tpot.push(perToken)
    }
    const limits = limitsOf(context.slo, table.requests[i]!.sloClass)
    if (limits === undefined) continue
    judged++
    const met =
      done &&
      (!hasToken || firstS <= (limits.ttftS ?? Number.POSITIVE_INFINITY)) &&
      perToken <= (limits.tpotS ?? Number.POSITIVE_INFINITY) &&
      wholeS <= (limits.e2eS ?? Number.POSITIVE_INFINITY)
    if (met) attained++
  }
  const durationS = context.durationNs / 1e9
  const perS = (count: number) => (durationS > 0 ? count / durationS : 0)
  return {
    schema: 'flowsim.serving-report/1',
    engine: context.engine,
    instance: context.instance,
    durationS,
    requests: states as ServingReport['requests'],
    inputTokens,
    outputTokens,
    requestsPerS: perS(finished),
    outputTokensPerS: perS(outputTokens),
    steps: context.steps,
    preemptions: context.preemptions,
    ttft: summarise(ttft),
    tpot: summarise(tpot),
    itl: context.itl === null ? null : summariseSamples(context.itl),
    e2e: summarise(e2e),
    kvBlocks: context.kvBlocks,
    cachedTokens,
    ...(judged > 0
      ? { goodput: { requestsPerS: perS(attained), attainment: attained / judged } }
      : {}),
  }
}

function limitsOf(
  slo: Readonly<Record<string, SloLimits>> | undefined,
  sloClass: string | undefined,
): SloLimits | undefined {
  if (slo === undefined) return undefined
  return (sloClass === undefined ? undefined : slo[sloClass]) ?? slo.default
}
