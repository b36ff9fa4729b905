// Aggregate metrics from a table of requests.
import type { ServingReport } from '@flowsim/trace-schema'
import { ClassTally, classFairness } from './class-tally.js'
import { summarise, summariseSamples } from './latency-summary.js'
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
  speculation?: ServingReport['speculation']
  /** Counts of what parts of the deployment did that most have not, by name. */
  features?: ServingReport['features']
  /** Limits by class; `default` holds for requests without a class or without limits of theirs. */
  slo?: Readonly<Record<string, SloLimits>> | undefined
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
  const classes = new Map<string, ClassTally>()
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
    const { sloClass } = table.requests[i]!
    const limits = limitsOf(context.slo, sloClass)
    const met =
      limits === undefined
        ? null
        : done &&
          (!hasToken || firstS <= (limits.ttftS ?? Number.POSITIVE_INFINITY)) &&
          perToken <= (limits.tpotS ?? Number.POSITIVE_INFINITY) &&
          wholeS <= (limits.e2eS ?? Number.POSITIVE_INFINITY)
    if (met !== null) judged++
    if (met === true) attained++
    if (sloClass !== undefined) {
      const tally = classes.get(sloClass) ?? new ClassTally()
      classes.set(sloClass, tally)
      tally.add({
        finished: done,
        ttftS: hasToken ? firstS : null,
        tpotS: tokens > 1 ? perToken : null,
        e2eS: wholeS,
        outputTokens: tokens,
        met,
      })
    }
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
    ...(context.speculation === undefined ? {} : { speculation: context.speculation }),
    ...(context.features === undefined ? {} : { features: context.features }),
    ...(judged > 0
      ? { goodput: { requestsPerS: perS(attained), attainment: attained / judged } }
      : {}),
    ...classFields(classes),
  }
}

function classFields(
  tallies: ReadonlyMap<string, ClassTally>,
): Pick<ServingReport, 'classes' | 'fairness'> {
  if (tallies.size === 0) return {}
  const classes = [...tallies].map(([name, tally]) => tally.report(name))
  return { classes, fairness: classFairness(classes) }
}

function limitsOf(
  slo: Readonly<Record<string, SloLimits>> | undefined,
  sloClass: string | undefined,
): SloLimits | undefined {
  if (slo === undefined) return undefined
  return (sloClass === undefined ? undefined : slo[sloClass]) ?? slo.default
}
