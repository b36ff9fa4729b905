// Results of a sweep: as CSV, as a table, and which points no other point beats.

import { seconds } from '@flowsim/report/serving'
import { counted, type ServingCost, type ServingReport } from '@flowsim/trace-schema'
import type { CsvCell } from '../../../program/csv.js'
import { tableText } from '../../../program/lines.js'
import type { Probe } from './find-rate.js'
import type { PointValues } from './simulate-point.js'

/** A point and what came of it. */
export interface SweepRow {
  values: PointValues
  report?: ServingReport | null
  devices?: number | null
  cost?: ServingCost | null
  /** Why there is no report. */
  error?: string
  /** Whether it meets the limits. */
  met?: boolean
  /** Highest rate that meets the limits, where one was searched for, and the rates that were tried. */
  ratePerS?: number
  probes?: Probe[]
}

/** Tokens a second and device; of the whole deployment where devices are not known. */
function throughput({ report, devices }: SweepRow): number {
  return (report?.outputTokensPerS ?? 0) / (devices ?? 1)
}

/** Requests that a deployment never starts, because they do not fit. */
const unservable = ({ report }: SweepRow) => report?.requests.unservable ?? 0

/**
 * Which points are on the Pareto front of throughput a device (more), p90 TTFT and p90 TPOT (less). Points
 * without finished requests are not, nor are those that miss the limits or cannot serve every request.
 */
export function paretoMarks(rows: readonly SweepRow[]): boolean[] {
  const aims = rows.map((row) =>
    row.report == null || row.report.e2e === null || row.met === false || unservable(row) > 0
      ? []
      : [-throughput(row), row.report.ttft?.p90S ?? 0, row.report.tpot?.p90S ?? 0],
  )
  const beats = (other: readonly number[], mine: readonly number[]) =>
    other.length > 0 &&
    other.every((aim, i) => aim <= mine[i]!) &&
    other.some((aim, i) => aim < mine[i]!)
  return aims.map((mine) => mine.length > 0 && !aims.some((other) => beats(other, mine)))
}

/** `sweep.csv`: a row for each point. Times are seconds. */
export function* sweepCells(
  rows: readonly SweepRow[],
  marks: readonly boolean[],
): Generator<CsvCell[]> {
  const fields = fieldsOf(rows)
  yield [...fields, ...COLUMNS.map(([name]) => name), 'pareto', 'error']
  for (const [i, row] of rows.entries()) {
    const values = fields.map((field) => text(row.values[field]))
    yield [...values, ...COLUMNS.map(([, value]) => value(row)), marks[i]!, row.error]
  }
}

const COLUMNS: readonly (readonly [
  name: string,
  value: (row: SweepRow) => number | boolean | null | undefined,
])[] = [
  ['max_rate_per_s', ({ ratePerS }) => ratePerS],
  ['met', ({ met }) => met],
  ['devices', ({ devices }) => devices],
  ['requests_per_s', ({ report }) => report?.requestsPerS],
  ['output_tokens_per_s', ({ report }) => report?.outputTokensPerS],
  ['output_tokens_per_s_device', (row) => (row.report == null ? null : throughput(row))],
  ['ttft_p50_s', ({ report }) => report?.ttft?.p50S],
  ['ttft_p90_s', ({ report }) => report?.ttft?.p90S],
  ['ttft_p99_s', ({ report }) => report?.ttft?.p99S],
  ['tpot_p50_s', ({ report }) => report?.tpot?.p50S],
  ['tpot_p90_s', ({ report }) => report?.tpot?.p90S],
  ['tpot_p99_s', ({ report }) => report?.tpot?.p99S],
  ['e2e_p50_s', ({ report }) => report?.e2e?.p50S],
  ['e2e_p99_s', ({ report }) => report?.e2e?.p99S],
  ['completed', ({ report }) => report?.requests.completed],
  ['preemptions', ({ report }) => report?.preemptions],
  [
    'kv_peak',
    ({ report }) => (report?.kvBlocks ? report.kvBlocks.peak / report.kvBlocks.total : null),
  ],
  ['attainment', ({ report }) => report?.goodput?.attainment],
  ['usd_per_hour', ({ cost }) => cost?.usdPerHour],
  ['usd_per_million_tokens', ({ cost }) => cost?.usdPerMillionTokens],
  ['usd_per_million_output_tokens', ({ cost }) => cost?.usdPerMillionOutputTokens],
  ['power_w', ({ cost }) => cost?.power?.totalW],
  ['joules_per_token', ({ cost }) => cost?.joulesPerToken],
  ['g_co2_per_million_tokens', ({ cost }) => cost?.gCO2PerMillionTokens],
]

/** The sweep as a table; `*` marks the points that no other one beats. */
export function renderSweep(rows: readonly SweepRow[], marks: readonly boolean[]): string {
  const fields = fieldsOf(rows)
  const searched = rows.some(({ ratePerS }) => ratePerS !== undefined)
  const priced = rows.some(({ cost }) => cost?.usdPerMillionTokens != null)
  const right = 'right' as const
  return tableText(
    [
      { label: '' },
      ...fields.map((label) => ({ label: label.split('.').at(-1)!, priority: 1 })),
      ...(searched ? [{ label: 'max requests/s', align: right }] : []),
      { label: 'tokens/s', align: right },
      { label: 'per device', align: right, priority: -2 },
      ...(priced ? [{ label: '$/1M tokens', align: right }] : []),
      { label: 'TTFT p50', align: right },
      { label: 'TTFT p90', align: right, priority: -1 },
      { label: 'TPOT p50', align: right },
      { label: 'TPOT p90', align: right, priority: -1 },
      { label: '', flexible: 'wrap', priority: 1 },
    ],
    rows.map((row, i) => {
      const { report, ratePerS, error } = row
      const latency = (of: 'ttft' | 'tpot', which: 'p50S' | 'p90S') => {
        const summary = report?.[of]
        return summary ? seconds(summary[which]) : ''
      }
      return [
        marks[i] ? '*' : '',
        ...fields.map((field) => text(row.values[field])),
        ...(searched ? [ratePerS === undefined ? '' : short(ratePerS)] : []),
        report ? short(report.outputTokensPerS) : '',
        report ? short(throughput(row)) : '',
        ...(priced ? [dollars(row.cost?.usdPerMillionTokens)] : []),
        latency('ttft', 'p50S'),
        latency('ttft', 'p90S'),
        latency('tpot', 'p50S'),
        latency('tpot', 'p90S'),
        error ?? shortcoming(row),
      ]
    }),
  )
}

/** Why a point that was simulated is not one to take, as words. */
function shortcoming(row: SweepRow): string {
  if (unservable(row) > 0) return `${counted(unservable(row), 'request')} too long to fit`
  return row.met === false ? 'misses the limits' : ''
}

function fieldsOf(rows: readonly SweepRow[]): string[] {
  return [...new Set(rows.flatMap(({ values }) => Object.keys(values)))]
}

const dollars = (value: number | null | undefined) =>
  value == null ? '' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
const text = (value: unknown) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
const short = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 4 })
