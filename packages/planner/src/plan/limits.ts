// Limits of a plan: `ttft.p99S<=1`, `tpot.meanS<=0.04`, `gold:e2e.p97.5S<=20` for the requests of one class. Percentiles
// are those of a report: linear between ranks.
import type { SimulationResult } from '@flowsim/serving-sim'
import { PlanError } from './plan-error.js'

type Latency = 'ttft' | 'tpot' | 'e2e'

/** A limit of a latency. */
export interface Limit {
  text: string
  latency: Latency
  /** `mean`, or a percentile from 0 to 100; the largest value is 100. */
  at: 'mean' | number
  mostS: number
  /** Service class; null: all requests. */
  sloClass: string | null
}

/** What came of a limit. */
export interface LimitResult {
  limit: string
  /** Null: no request has such a latency. */
  valueS: number | null
  mostS: number
  met: boolean
}

const FORM =
  /^\s*(?:([^:]+):)?\s*(ttft|tpot|e2e)\.(mean|max|p\d+(?:\.\d+)?)S\s*<=?\s*([\d.eE+-]+)\s*$/

/** @throws PlanError `invalid_limit` */
export function parseLimit(text: string): Limit {
  const [, sloClass, latency, name, number] = FORM.exec(text) ?? []
  const mostS = Number(number)
  const at = name === 'mean' ? name : name === 'max' ? 100 : Number(name?.slice(1))
  if (
    latency === undefined ||
    !(mostS > 0 && Number.isFinite(mostS)) ||
    (typeof at === 'number' && !(at <= 100))
  ) {
    throw new PlanError(
      'invalid_limit',
      `"${text}" is not a limit, such as ttft.p99S<=1, tpot.meanS<=0.04 or gold:e2e.p97.5S<=20 (seconds)`,
    )
  }
  return { text, latency: latency as Latency, at, mostS, sloClass: sloClass?.trim() ?? null }
}

/** What a run has of each limit. */
export function judge(limits: readonly Limit[], { requests }: SimulationResult): LimitResult[] {
  return limits.map(({ text, latency, at, mostS, sloClass }) => {
    const values = latenciesOf(requests, latency, sloClass)
    const valueS =
      values.length === 0 ? null : at === 'mean' ? mean(values) : percentileOf(values, at)
    return { limit: text, valueS, mostS, met: valueS !== null && valueS <= mostS }
  })
}

function latenciesOf(
  table: SimulationResult['requests'],
  latency: Latency,
  sloClass: string | null,
): Float64Array {
  const values: number[] = []
  for (let i = 0; i < table.length; i++) {
    if (sloClass !== null && table.requests[i]!.sloClass !== sloClass) continue
    const arrival = table.arrivalNs[i]!
    const first = table.firstTokenNs[i]!
    const end = table.finishedNs[i]!
    const tokens = table.emitted[i]!
    if (latency === 'ttft' && first >= 0) values.push((first - arrival) / 1e9)
    if (end < 0) continue
    if (latency === 'e2e') values.push((end - arrival) / 1e9)
    if (latency === 'tpot' && tokens > 1) values.push((end - first) / 1e9 / (tokens - 1))
  }
  return Float64Array.from(values).sort()
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Of sorted values, linear between ranks. */
export function percentileOf(sorted: Float64Array, at: number): number {
  const rank = (at / 100) * (sorted.length - 1)
  const below = sorted[Math.floor(rank)]!
  const above = sorted[Math.ceil(rank)]!
  return below + (above - below) * (rank - Math.floor(rank))
}
