// Runs against a reference: percentiles, stages, settings, and what to be careful about.
import { mean, median } from 'd3-array'
import type { RunMetrics } from './run-metrics.js'
import {
  DEFAULT_THRESHOLDS,
  type MetricScore,
  scoreMetric,
  scoreSummary,
  type Thresholds,
  type Verdict,
} from './scorer.js'
import { type SettingMismatch, settingMismatches, unknownSettings } from './settings.js'

/** A run against the reference. */
export interface RunComparison {
  name: string
  engine: string
  /** Time to first token, per output token, between tokens, and to the last token. */
  ttft: MetricScore | null
  tpot: MetricScore | null
  itl: MetricScore | null
  e2e: MetricScore | null
  /** Where the whole comes from: waiting, prefill, decode. */
  stages: Record<'queue' | 'prefill' | 'decode', MetricScore | null>
  mismatches: SettingMismatch[]
  /** Settings that only one side states. */
  unknown: string[]
  caveats: string[]
  /** The worst verdict of TTFT, TPOT and E2E. */
  verdict: Verdict | null
}

/** All runs against one reference. */
export interface Comparison {
  reference: string
  thresholds: Thresholds
  runs: RunComparison[]
}

export interface CompareOptions {
  thresholds?: Thresholds
  /** Whether requests of the reference were under way together, and it was measured. */
  measuredOverlaps?: boolean
}

/** Compares runs with a reference. */
export function compareRuns(
  reference: RunMetrics,
  candidates: readonly RunMetrics[],
  options: CompareOptions = {},
): Comparison {
  const thresholds = options.thresholds ?? DEFAULT_THRESHOLDS
  return {
    reference: reference.name,
    thresholds,
    runs: candidates.map((candidate) => compareRun(reference, candidate, thresholds, options)),
  }
}

type Summarised = 'ttft' | 'tpot' | 'e2e'

/** Mean and median of a run: those that it says, or those of its requests. */
function summaryOf({ summary }: RunMetrics, values: readonly number[], metric: Summarised) {
  if (summary !== null) return summary[metric] ?? { meanS: null, medianS: null }
  return { meanS: mean(values) ?? null, medianS: median(values) ?? null }
}

function compareRun(
  reference: RunMetrics,
  candidate: RunMetrics,
  thresholds: Thresholds,
  options: CompareOptions,
): RunComparison {
  const score = (of: (run: RunMetrics) => readonly number[], summarised?: Summarised) => {
    if (reference.summary === null && candidate.summary === null) {
      return scoreMetric(of(reference), of(candidate), undefined, thresholds)
    }
    if (summarised === undefined) return null
    const [a, b] = [reference, candidate].map((run) => summaryOf(run, of(run), summarised))
    return scoreSummary(a!, b!, thresholds)
  }
  const ttft = score(({ ttftS }) => ttftS, 'ttft')
  const tpot = score(({ tpotS }) => tpotS, 'tpot')
  const e2e = score(({ e2eS }) => e2eS, 'e2e')
  const itl =
    reference.itlNs === null || candidate.itlNs === null
      ? null
      : scoreMetric(reference.itlNs, candidate.itlNs, undefined, thresholds)
  const stages = {
    queue: score(({ queueS }) => queueS),
    prefill: score(({ prefillS }) => prefillS),
    decode: score(({ decodeS }) => decodeS),
  }
  const order: Verdict[] = ['pass', 'warn', 'fail']
  const verdicts = [ttft, tpot, e2e].flatMap((one) => (one === null ? [] : [one.verdict]))
  const comparison: RunComparison = {
    name: candidate.name,
    engine: candidate.settings.engine,
    ttft,
    tpot,
    itl,
    e2e,
    stages,
    mismatches: settingMismatches(reference.settings, candidate.settings),
    unknown: unknownSettings(reference.settings, candidate.settings),
    caveats: [],
    verdict:
      verdicts.length === 0
        ? null
        : order[Math.max(...verdicts.map((verdict) => order.indexOf(verdict)))]!,
  }
  comparison.caveats = caveats(reference, candidate, comparison, options)
  return comparison
}

/** What the numbers alone would hide. */
function caveats(
  reference: RunMetrics,
  candidate: RunMetrics,
  { mismatches, ttft, tpot, e2e }: RunComparison,
  { measuredOverlaps = false }: CompareOptions,
): string[] {
  const found: string[] = [
    ...candidate.warnings,
    ...reference.warnings.map((warning) => `of ${reference.name}: ${warning}`),
  ]
  const measured = reference.settings.engine === 'measured'
  for (const { setting, reference: a, candidate: b } of mismatches) {
    found.push(`${setting} is ${b}, in ${reference.name} ${a}: the runs are not of the same setup`)
  }
  if (measured && candidate.settings.cpuOverheadUs === 0) {
    found.push('CPU overhead is not modelled: expect the simulated steps to be too short')
  }
  if (measured && measuredOverlaps) {
    found.push(
      'requests of the measured run overlap: a harness that sends one at a time has its own queueing ' +
        'in TTFT',
    )
  }
  const counted = [reference, candidate].every(({ summary, requests }) => !summary || requests > 0)
  if (counted && reference.completed !== candidate.completed) {
    found.push(
      `${candidate.completed} requests finished, in ${reference.name} ${reference.completed}`,
    )
  }
  if (reference.hasTokenTimes && !candidate.hasTokenTimes) {
    found.push('tokens have no times: gaps between tokens are not compared')
  }
  const cancels =
    e2e !== null &&
    ttft !== null &&
    tpot !== null &&
    (ttft.meanBias ?? 0) * (tpot.meanBias ?? 0) < 0 &&
    e2e.verdict === 'pass' &&
    (ttft.verdict === 'fail' || tpot.verdict === 'fail')
  if (cancels) found.push('errors of prefill and decode cancel in the total')
  return found
}
