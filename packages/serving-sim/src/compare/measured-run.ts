// Measured and recorded runs: the table of their requests, and the testbed's token_metrics.csv
// (request_id,token_index,token_time_ns,token_latency_ns, which is 0 for index 0).
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { WeightedSamples } from '../core/weighted-samples.js'
import { CsvTable } from '../csv.js'
import type { MeasuredRun } from '../measured/measured-run.js'
import { readRequests } from './recorded-formats.js'
import type { RecordedRequest, RecordedTable } from './recorded-run.js'
import { addRequest, type RunMetrics } from './run-metrics.js'
import type { RunSettings } from './settings.js'

/** A file of a run: its name, for errors, and its text. */
export interface RunFile {
  source: string
  text: string
}

/** One token of a recorded run. */
export interface RecordedToken {
  request: string
  index: number
  latencyNs: number
}

/**
 * The requests of a recorded run, and what to know of them.
 * @throws ServingError `invalid_trace` with source and line
 */
export function readRecordedRequests({ source, text }: RunFile): RecordedTable {
  return readRequests(CsvTable.parse(text, source))
}

/** The tokens of a recorded run. */
export function readRecordedTokens({ source, text }: RunFile): RecordedToken[] {
  const table = CsvTable.parse(text, source)
  return Array.from({ length: table.length }, (_, row) => ({
    request: table.text(row, 'request_id'),
    index: table.integer(row, 'token_index', 0),
    latencyNs: table.number(row, 'token_latency_ns'),
  }))
}

/** The latencies of a recorded run. */
export function metricsOfRecorded(
  name: string,
  requests: readonly RecordedRequest[],
  tokens: readonly RecordedToken[] | null,
  settings: RunSettings,
): RunMetrics {
  const metrics: RunMetrics = {
    name,
    requests: requests.length,
    completed: 0,
    ttftS: [],
    tpotS: [],
    e2eS: [],
    itlNs: null,
    queueS: [],
    prefillS: [],
    decodeS: [],
    summary: null,
    settings,
    hasTokenTimes: tokens !== null,
    warnings: [],
    spent: null,
  }
  for (const request of requests) if (request.ok) addRequest(metrics, request)
  if (tokens !== null) {
    metrics.itlNs = new WeightedSamples()
    for (const { index, latencyNs } of tokens) if (index > 0) metrics.itlNs.add(latencyNs)
  }
  const failed = requests.length - metrics.completed
  if (failed > 0) metrics.warnings.push(`${failed} requests of ${name} did not finish`)
  return metrics
}

/** The latencies of a run that another program recorded: of its requests, or what it says of all together. */
export function metricsOfMeasured(
  name: string,
  run: MeasuredRun,
  settings: RunSettings,
): RunMetrics {
  const metrics = metricsOfRecorded(name, run.requests, null, settings)
  metrics.warnings.push(...(run.notes ?? []))
  if (run.requests.length > 0) return metrics
  const requests = Math.round(run.totals?.requests ?? 0)
  metrics.warnings.push(
    `${name} has no requests, only what is said of all: means and medians are compared`,
  )
  return { ...metrics, requests, completed: requests, summary: run.summary }
}

/** The workload that a recorded run had, for running it again. */
export function workloadOfRecorded(requests: readonly RecordedRequest[]): WorkloadRequest[] {
  return requests
    .map(({ id, arrivalNs, inputTokens, tokens, wantedTokens }) => ({
      id,
      arrivalNs: Math.round(arrivalNs),
      inputTokens: Math.max(1, inputTokens),
      outputTokens: tokens > 0 ? tokens : wantedTokens,
    }))
    .sort((a, b) => a.arrivalNs - b.arrivalNs)
}

/** Whether requests of a run were under way together: then its harness may have queued them. */
export function overlaps(requests: readonly RecordedRequest[]): boolean {
  const sorted = requests.filter(({ ok }) => ok).sort((a, b) => a.arrivalNs - b.arrivalNs)
  return sorted.some((request, i) => i > 0 && request.arrivalNs < sorted[i - 1]!.finishedNs)
}
