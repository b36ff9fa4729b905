// What a comparison takes from a run, simulated or measured: the latencies of its requests.
import type { CostSettings } from '../config/cost-schema.js'
import type { DeviceUse, SimulationResult } from '../core/simulation-result.js'
import type { WeightedSamples } from '../core/weighted-samples.js'
import type { RunSettings } from './settings.js'

/** Latencies of the requests of a run, in seconds, and how it was set up. */
export interface RunMetrics {
  name: string
  /** Requests, and those that finished. */
  requests: number
  completed: number
  ttftS: number[]
  /** (E2E − TTFT) / (tokens − 1). */
  tpotS: number[]
  e2eS: number[]
  /** Gaps between tokens, in nanoseconds; null where a run does not say. */
  itlNs: WeightedSamples | null
  /** Parts of the whole: waiting for the first step, until the first token, from there on. */
  queueS: number[]
  prefillS: number[]
  decodeS: number[]
  /** Means and medians, where a run has nothing else; null: it has its requests. */
  summary: Partial<Record<'ttft' | 'tpot' | 'itl' | 'e2e', MeanMedian>> | null
  settings: RunSettings
  /** Whether tokens have their own times rather than even spacing. */
  hasTokenTimes: boolean
  warnings: string[]
  /** What its cost follows from; null: it was not simulated. */
  spent: Spent | null
}

/** What the cost of a run follows from. */
export interface Spent {
  report: SimulationResult['report']
  use: DeviceUse[] | undefined
  settings: CostSettings | undefined
}

/** Seconds; null: unknown. */
export interface MeanMedian {
  meanS: number | null
  medianS: number | null
}

/** The latencies of a simulation. */
export function metricsOfResult(
  name: string,
  result: SimulationResult,
  settings: RunSettings,
  cost?: CostSettings,
): RunMetrics {
  const metrics: RunMetrics = {
    name,
    requests: result.requests.length,
    completed: 0,
    ttftS: [],
    tpotS: [],
    e2eS: [],
    itlNs: result.itlNs,
    queueS: [],
    prefillS: [],
    decodeS: [],
    summary: null,
    settings,
    hasTokenTimes: result.itlNs !== null,
    warnings: result.warnings,
    spent: { report: result.report, use: result.use, settings: cost },
  }
  const { requests: table } = result
  for (let i = 0; i < table.length; i++) {
    const state = table.state(i)
    if (state !== 'completed' && state !== 'length_capped') continue
    addRequest(metrics, {
      arrivalNs: table.arrivalNs[i]!,
      scheduledNs: table.scheduledNs[i]!,
      firstTokenNs: table.firstTokenNs[i]!,
      finishedNs: table.finishedNs[i]!,
      tokens: table.emitted[i]!,
    })
  }
  return metrics
}

/** Times of one finished request; `scheduledNs` is -1 where nobody knows. */
export interface RequestTimes {
  arrivalNs: number
  scheduledNs: number
  firstTokenNs: number
  finishedNs: number
  tokens: number
}

/** Adds a finished request. */
export function addRequest(metrics: RunMetrics, request: RequestTimes): void {
  const { arrivalNs, scheduledNs, firstTokenNs, finishedNs, tokens } = request
  metrics.completed++
  metrics.e2eS.push((finishedNs - arrivalNs) / 1e9)
  if (firstTokenNs < 0) return
  metrics.ttftS.push((firstTokenNs - arrivalNs) / 1e9)
  metrics.decodeS.push((finishedNs - firstTokenNs) / 1e9)
  if (tokens > 1) metrics.tpotS.push((finishedNs - firstTokenNs) / 1e9 / (tokens - 1))
  if (scheduledNs < 0) return
  metrics.queueS.push((scheduledNs - arrivalNs) / 1e9)
  metrics.prefillS.push((firstTokenNs - scheduledNs) / 1e9)
}
