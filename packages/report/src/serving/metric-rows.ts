// Aggregate metrics as rows of a table: a name, and a value for each report.
import type { LatencySummary, ServingReport } from '@flowsim/trace-schema'

/** A row for each metric: its name and its value in each report. */
export function metricRows(reports: readonly ServingReport[]): string[][] {
  const row = (label: string, value: (report: ServingReport) => string) => [
    label,
    ...reports.map(value),
  ]
  const states = [...new Set(reports.flatMap(({ requests }) => Object.keys(requests)))]
  return [
    row('simulated', ({ durationS }) => `${digits(durationS)} s`),
    ...states.map((state) =>
      row(`requests ${state.replaceAll('_', ' ')}`, ({ requests }) =>
        count(requests[state as keyof typeof requests] ?? 0),
      ),
    ),
    row('requests/s', ({ requestsPerS }) => digits(requestsPerS)),
    row('output tokens/s', ({ outputTokensPerS }) => digits(outputTokensPerS)),
    ...latencyRows('TTFT', row, ({ ttft }) => ttft),
    ...latencyRows('TPOT', row, ({ tpot }) => tpot),
    ...latencyRows('E2E', row, ({ e2e }) => e2e),
    row('steps', ({ steps }) => count(steps)),
    row('preemptions', ({ preemptions }) => count(preemptions)),
    ...(reports.some(({ speculation }) => speculation !== undefined)
      ? [
          row('tokens a step by drafts', ({ speculation }) =>
            speculation?.tokensPerStep == null
              ? ''
              : `${digits(speculation.tokensPerStep)}, ${share(speculation.acceptedTokens / speculation.draftedTokens)} of drafts accepted`,
          ),
        ]
      : []),
    row('KV blocks', ({ kvBlocks }) =>
      kvBlocks === null
        ? ''
        : `${count(kvBlocks.total)}, mean ${share(kvBlocks.meanUsed / kvBlocks.total)}, peak ${share(kvBlocks.peak / kvBlocks.total)}`,
    ),
    row('prompt tokens cached', ({ cachedTokens, inputTokens }) =>
      inputTokens > 0 ? share((cachedTokens ?? 0) / inputTokens) : '',
    ),
    ...featureRows(reports, row),
    ...(reports.some(({ goodput }) => goodput !== undefined)
      ? [
          row('goodput', ({ goodput }) =>
            goodput === undefined
              ? ''
              : `${digits(goodput.requestsPerS)} requests/s, ${share(goodput.attainment)} attained`,
          ),
        ]
      : []),
    ...classRows(reports, row),
  ]
}

type Row = (label: string, value: (report: ServingReport) => string) => string[]

/** Counts of what a deployment has besides; their names are words. */
function featureRows(reports: readonly ServingReport[], row: Row): string[][] {
  const names = new Set(reports.flatMap(({ features = {} }) => Object.keys(features)))
  return [...names].map((name) =>
    row(
      name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      ({ features = {} }) => (name in features ? count(features[name]!) : ''),
    ),
  )
}

/** What each service class got, and how evenly. */
function classRows(reports: readonly ServingReport[], row: Row): string[][] {
  const names = new Set(reports.flatMap(({ classes = [] }) => classes.map(({ name }) => name)))
  if (names.size === 0) return []
  return [
    ...[...names].map((name) =>
      row(`class ${name}`, ({ classes = [] }) => {
        const one = classes.find((entry) => entry.name === name)
        if (one === undefined) return ''
        const { requests, attainment, ttft, tpot } = one
        return [
          `${count(requests)} requests`,
          ...(attainment === null ? [] : [`${share(attainment)} attained`]),
          ...(ttft === null ? [] : [`TTFT p50 ${seconds(ttft.p50S)}`]),
          ...(tpot === null ? [] : [`TPOT p50 ${seconds(tpot.p50S)}`]),
        ].join(', ')
      }),
    ),
    row('fairness of classes', ({ fairness }) =>
      fairness === undefined || fairness === null ? '' : fairness.toFixed(3),
    ),
  ]
}

function latencyRows(
  name: string,
  row: Row,
  of: (report: ServingReport) => LatencySummary | null,
): string[][] {
  const quantiles = [
    ['mean', 'meanS'],
    ['p50', 'p50S'],
    ['p90', 'p90S'],
    ['p99', 'p99S'],
  ] as const
  return quantiles.map(([label, field]) =>
    row(`${name} ${label}`, (report) => {
      const summary = of(report)
      return summary === null ? '' : seconds(summary[field])
    }),
  )
}

/** A time as people read it. */
export function seconds(value: number): string {
  if (value < 1e-3) return `${(value * 1e6).toFixed(1)} µs`
  return value < 1 ? `${(value * 1e3).toFixed(2)} ms` : `${value.toFixed(3)} s`
}

const digits = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 5 })
const count = (value: number) => value.toLocaleString('en-US')
const share = (value: number) => `${(100 * value).toFixed(1)} %`
