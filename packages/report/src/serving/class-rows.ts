// What each service class got, with its percentiles.
import type { LatencySummary, ServingClassReport } from '@flowsim/trace-schema'
import { seconds } from './metric-rows.js'

export const CLASS_COLUMNS = [
  'class',
  'requests',
  'finished',
  'within limits',
  'TTFT p50',
  'p90',
  'p99',
  'TPOT p50',
  'p90',
  'p99',
]

/** The cells of a class; a dash for what it does not have. */
export function classRow(each: ServingClassReport): string[] {
  const { name, requests, finished, attainment, ttft, tpot } = each
  return [
    name,
    requests.toLocaleString('en-US'),
    finished.toLocaleString('en-US'),
    attainment === null ? '–' : `${(100 * attainment).toFixed(1)} %`,
    ...percentiles(ttft),
    ...percentiles(tpot),
  ]
}

const percentiles = (summary: LatencySummary | null) =>
  (['p50S', 'p90S', 'p99S'] as const).map((field) =>
    summary === null ? '–' : seconds(summary[field]),
  )
