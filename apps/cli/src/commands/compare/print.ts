// A comparison of runs: as a table, as CSV, as an HTML page.
import type { ResultPage } from '@flowsim/report/pages'
import { costRows, seconds } from '@flowsim/report/serving'
import type { TableCell } from '@flowsim/report/terminal'
import type {
  Comparison,
  MetricScore,
  RunComparison,
  RunMetrics,
  Verdict,
} from '@flowsim/serving-sim'
import type { ServingCost } from '@flowsim/trace-schema'
import { ascending, quantileSorted } from 'd3-array'
import type { CsvCell } from '../../program/csv.js'
import { tableText, wrapped } from '../../program/lines.js'
import type { ResultTable } from '../../program/tables.js'

/** A run and what it cost; null: it was not simulated. */
export interface RunCost {
  name: string
  cost: ServingCost | null
}

/** A metric of a run; `scale` makes seconds of its values. */
interface Scored {
  metric: string
  score: MetricScore
  scale: number
}

function scoredOf({ ttft, tpot, itl, e2e, stages }: RunComparison): Scored[] {
  const all: [string, MetricScore | null, number][] = [
    ['TTFT', ttft, 1],
    ['TPOT', tpot, 1],
    ['ITL', itl, 1e-9],
    ['E2E', e2e, 1],
    ['stage queue', stages.queue, 1],
    ['stage prefill', stages.prefill, 1],
    ['stage decode', stages.decode, 1],
  ]
  return all.flatMap(([metric, score, scale]) => (score === null ? [] : { metric, score, scale }))
}

const percent = (error: number) =>
  Number.isFinite(error) ? `${(100 * error).toFixed(1)} %` : 'infinite'

const signed = (bias: number | null) =>
  bias === null ? '–' : `${bias > 0 ? '+' : ''}${percent(bias)}`

const PERCENTILES = [0.5, 0.9, 0.95, 0.99]

function metricRow({ metric, score, scale }: Scored): string[] {
  return [
    metric,
    ...PERCENTILES.flatMap((percentile) => {
      const found = score.percentiles.find((each) => each.percentile === percentile)
      if (found === undefined) return ['–', '–']
      const { reference, candidate, error } = found
      return [`${seconds(reference * scale)} | ${seconds(candidate * scale)}`, percent(error)]
    }),
    signed(score.meanBias),
    score.verdict,
  ]
}

/** The comparison for a terminal: each run with its metrics, its settings that differ, its caveats. */
export function renderComparison({ reference, thresholds, runs }: Comparison): string {
  const limits = `pass up to ${percent(thresholds.pass)}, warn up to ${percent(thresholds.warn)}`
  const sections = runs.map((run) => {
    const rows = scoredOf(run).map(metricRow)
    const table =
      rows.length === 0
        ? 'no request finished in both runs'
        : tableText(
            [
              { label: '' },
              ...['p50', 'p90', 'p95', 'p99'].flatMap((label) => [
                { label, align: 'right' as const, priority: -1 },
                { label: `${label} error`, align: 'right' as const },
              ]),
              { label: 'mean error', align: 'right' as const, priority: 1 },
              { label: '', priority: 1 },
            ],
            rows,
          )
    const verdict = run.verdict === null ? 'no verdict' : run.verdict
    return [
      wrapped(`${run.name} (${run.engine}) against ${reference}: ${verdict}`),
      table,
      ...run.caveats.map((caveat) => wrapped(`- ${caveat}`)),
      ...(run.unknown.length > 0
        ? [wrapped(`- stated by one side only, so not checked: ${run.unknown.join(', ')}`)]
        : []),
    ].join('\n')
  })
  return [wrapped(`values are ${reference} | run; ${limits}`), ...sections].join('\n\n')
}

/** What the simulated runs cost, one beside the other; null: nothing is known of any. */
export function renderCosts(costs: readonly RunCost[]): string | null {
  const { names, rows } = costTable(costs)
  if (rows.length === 0) return null
  return tableText(
    [{ label: 'cost' }, ...names.map((label) => ({ label, flexible: 'wrap' as const }))],
    rows,
  )
}

function costTable(costs: readonly RunCost[]): { names: string[]; rows: string[][] } {
  const known = costs.flatMap(({ name, cost }) =>
    cost === null ? [] : [{ name, rows: new Map(costRows(cost)) }],
  )
  const labels = [...new Set(known.flatMap(({ rows }) => [...rows.keys()]))]
  return {
    names: known.map(({ name }) => name),
    rows: labels.map((label) => [label, ...known.map(({ rows }) => rows.get(label) ?? '–')]),
  }
}

/** `comparison.csv`: a row for each run, metric and percentile. Times are seconds. */
export function* comparisonRows({ reference, runs }: Comparison): Generator<CsvCell[]> {
  yield ['reference', 'run', 'metric', 'percentile', 'reference_s', 'run_s', 'error', 'verdict']
  for (const run of runs) {
    for (const { metric, score, scale } of scoredOf(run)) {
      for (const each of score.percentiles) {
        yield [
          reference,
          run.name,
          metric,
          each.percentile,
          each.reference * scale,
          each.candidate * scale,
          each.error,
          score.verdict,
        ]
      }
    }
  }
}

/** The same as a table for --format. */
export function comparisonTable(comparison: Comparison): ResultTable {
  const [head, ...rows] = comparisonRows(comparison)
  const labels = head as string[]
  return {
    name: 'scores',
    title: 'Scores',
    columns: labels.map((label) => ({
      label,
      ...(/^(percentile|error|.*_s)$/.test(label) ? { align: 'right' as const } : {}),
      ...(label === 'error' ? { share: true as const } : {}),
    })),
    rows: rows as TableCell[][],
  }
}

/** The verdict of each run, in a sentence. */
export function comparisonLead({ reference, runs }: Comparison): string[] {
  return runs.map(
    ({ name, engine, verdict, caveats }) =>
      `**${name}** (${engine}) against ${reference}: ${verdict ?? 'no verdict'}${caveats.length > 0 ? `; ${caveats.join('; ')}` : ''}.`,
  )
}

const MARKS: Readonly<Record<Verdict, 'good' | 'warn' | 'bad'>> = {
  pass: 'good',
  warn: 'warn',
  fail: 'bad',
}

/** Tables and latency distributions of all runs. */
export function comparisonReport(
  {
    comparison,
    metrics,
    costs,
  }: { comparison: Comparison; metrics: readonly RunMetrics[]; costs: readonly RunCost[] },
  about: { title: string; generator: string },
): ResultPage {
  const { reference, runs } = comparison
  const priced = costTable(costs)
  const distribution = (of: (run: RunMetrics) => readonly number[]) =>
    metrics
      .filter((run) => of(run).length > 0)
      .map((run) => {
        const sorted = of(run).toSorted(ascending)
        return {
          name: run.name,
          points: Array.from({ length: 101 }, (_, i): [number, number] => [
            1000 * quantileSorted(sorted, i / 100)!,
            i,
          ]),
        }
      })
  const chart = (name: string, of: (run: RunMetrics) => readonly number[]) => ({
    title: `${name} of requests`,
    xLabel: 'ms',
    yLabel: '% of requests',
    series: distribution(of),
  })
  return {
    kind: 'comparison of runs',
    ...about,
    verdict: runs.map(
      ({ name, engine, verdict }) =>
        `${name} (${engine}) against ${reference}: ${verdict ?? 'no verdict'}.`,
    ),
    warnings: runs.flatMap(({ name, caveats }) => caveats.map((caveat) => `${name}: ${caveat}`)),
    tables: [
      ...runs.map((run) => {
        const scored = scoredOf(run)
        return {
          title: `${run.name} (${run.engine}) against ${reference}: ${run.verdict ?? 'no verdict'}`,
          columns: [
            `${reference} | ${run.name}`,
            ...['p50', 'p90', 'p95', 'p99'].flatMap((label) => [label, 'error']),
            'mean',
            'verdict',
          ],
          rows: scored.map(metricRow),
          marks: scored.map(({ score }) => MARKS[score.verdict]),
        }
      }),
      ...(priced.rows.length === 0
        ? []
        : [{ title: 'Cost', columns: ['', ...priced.names], rows: priced.rows }]),
    ],
    charts: [
      chart('TTFT', ({ ttftS }) => ttftS),
      chart('TPOT', ({ tpotS }) => tpotS),
      chart('E2E', ({ e2eS }) => e2eS),
    ],
  }
}
