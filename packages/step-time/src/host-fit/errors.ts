// How far simulations of a part of a run are from what was measured, before a fit and after it.
import type { MeasuredRun, SimulationResult } from '@flowsim/serving-sim'
import { mean, median } from 'd3-array'
import {
  type Half,
  known,
  measuredLatencies,
  type Part,
  type RequestLatencies,
  simulatedLatencies,
} from './observe.js'

/** A latency of a run as measured, and as simulated with the constants before and after the fit. */
export interface MetricError {
  metric: 'ttft' | 'tpot' | 'itl' | 'e2e'
  statistic: 'mean' | 'median'
  measuredS: number
  beforeS: number
  afterS: number
}

/** Errors of the requests of one run that are in a half. */
export interface HalfErrors {
  source: string
  half: Half
  requests: number
  metrics: MetricError[]
}

/** The errors of a part, from simulations of its run before and after. */
export function halfErrors(
  part: Part,
  before: SimulationResult,
  after: SimulationResult,
): HalfErrors {
  const measured = measuredLatencies(part)
  return {
    source: part.run.source,
    half: part.half,
    requests: part.requests?.length ?? before.requests.length,
    metrics:
      measured === null
        ? errorsOfSums(part.run, before, after)
        : errorsOfRequests(
            measured,
            simulatedLatencies(part, before),
            simulatedLatencies(part, after),
          ),
  }
}

const LATENCIES = [
  ['ttft', 'ttftS'],
  ['tpot', 'tpotS'],
  ['e2e', 'e2eS'],
] as const

const STATISTICS = [
  ['mean', mean],
  ['median', median],
] as const

function errorsOfRequests(
  measured: readonly RequestLatencies[],
  before: readonly RequestLatencies[],
  after: readonly RequestLatencies[],
): MetricError[] {
  return LATENCIES.flatMap(([metric, field]) =>
    STATISTICS.flatMap(([statistic, of]): MetricError[] => {
      const [measuredS, beforeS, afterS] = [measured, before, after].map((each) =>
        of(known(each, field)),
      )
      const isKnown = measuredS !== undefined && beforeS !== undefined && afterS !== undefined
      return isKnown ? [{ metric, statistic, measuredS, beforeS, afterS }] : []
    }),
  )
}

function errorsOfSums(
  { summary }: MeasuredRun,
  { report: before }: SimulationResult,
  { report: after }: SimulationResult,
): MetricError[] {
  return (['ttft', 'tpot', 'itl', 'e2e'] as const).flatMap((metric) =>
    (
      [
        ['mean', 'meanS', 'meanS'],
        ['median', 'medianS', 'p50S'],
      ] as const
    ).flatMap(([statistic, field, reported]): MetricError[] => {
      const measuredS = summary[metric]?.[field] ?? null
      const beforeS = before[metric]?.[reported]
      const afterS = after[metric]?.[reported]
      const isKnown = measuredS !== null && beforeS !== undefined && afterS !== undefined
      return isKnown ? [{ metric, statistic, measuredS, beforeS, afterS }] : []
    }),
  )
}
