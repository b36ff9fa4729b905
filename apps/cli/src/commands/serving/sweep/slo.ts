// Limits of a search: `ttft.p99S<=2`, `attainment>=0.99`, `requests.completed>=100`.
import type { ServingReport } from '@flowsim/trace-schema'
import { CliError } from '../../../program/errors.js'

/** A limit of a metric. */
export interface Limit {
  text: string
  metric: string
  atMost: boolean
  value: number
}

/** Reads limits; metrics are fields of the report, `attainment` that of its goodput. */
export function parseLimits(texts: readonly string[]): Limit[] {
  return texts.map((text) => {
    const match = /^\s*([\w.]+)\s*(<=|>=)\s*([\d.eE+-]+)\s*$/.exec(text)
    const value = Number(match?.[3])
    if (match === null || !Number.isFinite(value)) {
      throw new CliError('usage', `--slo ${text}: is not metric<=limit or metric>=limit`)
    }
    return { text, metric: match[1]!, atMost: match[2] === '<=', value }
  })
}

/** A metric of a report; null where the run has none, such as the TTFT of no request. */
export function metricOf(report: ServingReport, metric: string): number | null {
  const value = fieldOf(report, metric)
  return typeof value === 'number' ? value : null
}

/** What a report has under a name, dots between the parts; undefined: nothing. */
export function fieldOf(report: ServingReport, name: string): unknown {
  const path = name === 'attainment' ? ['goodput', 'attainment'] : name.split('.')
  let value: unknown = report
  for (const key of path) {
    // Of a latency that no request has, each number is as unknown as the whole.
    if (value === null) return null
    if (typeof value !== 'object' || !Object.hasOwn(value as object, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/**
 * Whether a run meets all limits, with no request left, refused or given up.
 * @throws CliError for a metric that no report has
 */
export function meets(report: ServingReport, limits: readonly Limit[]): boolean {
  const { completed = 0, length_capped = 0, ...others } = report.requests
  if (completed + length_capped === 0) return false
  if (Object.values(others).some((count) => count > 0)) return false
  return limits.every(({ text, metric, atMost, value }) => {
    const measured = metricOf(report, metric)
    if (measured === null) {
      throw new CliError(
        'usage',
        `--slo ${text}: the report has no ${metric}; such as ttft.p99S, tpot.meanS, e2e.p90S, requestsPerS, attainment`,
      )
    }
    return atMost ? measured <= value : measured >= value
  })
}
