// Measured runs, as the simulator testbed writes them.
//
//   request_metrics.csv  request_id,arrival_time_ns,first_token_time_ns,ttft_ns,completion_time_ns,
//                        num_prefill_tokens,num_decode_tokens,num_decode_tokens_actual,status
//   token_metrics.csv    request_id,token_index,token_time_ns,token_latency_ns (0 for index 0)
//
// Vidur's own request_metrics.csv (seconds) and our requests.csv are read too. Requests whose status
// is not `ok` count, but have no latencies.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { WeightedSamples } from '../core/weighted-samples.js'
import { CsvTable } from '../csv.js'
import { addRequest, type RunMetrics } from './run-metrics.js'
import type { RunSettings } from './settings.js'

/** A file of a run: its name, for errors, and its text. */
export interface RunFile {
  file: string
  text: string
}

/** One request of a recorded run. */
export interface RecordedRequest {
  id: string
  ok: boolean
  arrivalNs: number
  scheduledNs: number
  firstTokenNs: number
  finishedNs: number
  inputTokens: number
  /** Tokens asked for, and tokens that came. */
  wantedTokens: number
  tokens: number
}

/** One token of a recorded run. */
export interface RecordedToken {
  request: string
  index: number
  latencyNs: number
}

/**
 * The requests of a recorded run.
 * @throws ServingError `invalid_trace` with file and line
 */
export function readRecordedRequests({ file, text }: RunFile): RecordedRequest[] {
  const table = CsvTable.parse(text, file)
  const rows = Array.from({ length: table.length }, (_, row) => row)
  if (table.has('request_e2e_time')) return vidurRequests(table, rows)
  if (table.has('arrival_ns')) return rows.map((row) => ownRequest(table, row))
  return rows.map((row) => {
    const ok = !table.has('status') || table.text(row, 'status') === 'ok'
    const wantedTokens = table.integer(row, 'num_decode_tokens', 0)
    const actual = table.has('num_decode_tokens_actual')
    return {
      id: table.text(row, 'request_id'),
      ok,
      arrivalNs: table.integer(row, 'arrival_time_ns', 0),
      scheduledNs: -1,
      firstTokenNs: ok ? table.integer(row, 'first_token_time_ns', 0) : -1,
      finishedNs: ok ? table.integer(row, 'completion_time_ns', 0) : -1,
      inputTokens: table.integer(row, 'num_prefill_tokens', 0),
      wantedTokens,
      tokens: actual ? table.integer(row, 'num_decode_tokens_actual', 0) : wantedTokens,
    }
  })
}

function ownRequest(table: CsvTable, row: number): RecordedRequest {
  const time = (column: string) => {
    const value = table.number(row, column)
    return Number.isNaN(value) ? -1 : value
  }
  const state = table.text(row, 'state')
  const tokens = table.integer(row, 'output_tokens', 0)
  return {
    id: table.text(row, 'id'),
    ok: state === 'completed' || state === 'length_capped',
    arrivalNs: table.integer(row, 'arrival_ns', 0),
    scheduledNs: time('scheduled_ns'),
    firstTokenNs: time('first_token_ns'),
    finishedNs: time('finished_ns'),
    inputTokens: table.integer(row, 'input_tokens', 0),
    wantedTokens: tokens,
    tokens,
  }
}

/** Vidur gives delays instead of times; arrivals add up in the order of ids. */
function vidurRequests(table: CsvTable, rows: readonly number[]): RecordedRequest[] {
  const byId = [...rows].sort(
    (a, b) => table.number(a, 'Request Id') - table.number(b, 'Request Id'),
  )
  let arrivalS = 0
  return byId.map((row) => {
    const seconds = (column: string) => table.number(row, column)
    const gap = seconds('request_inter_arrival_delay')
    arrivalS += Number.isNaN(gap) ? 0 : gap
    const arrivalNs = arrivalS * 1e9
    const tokens = table.integer(row, 'request_num_decode_tokens', 0)
    return {
      id: table.text(row, 'Request Id'),
      ok: true,
      arrivalNs,
      scheduledNs: arrivalNs + seconds('request_scheduling_delay') * 1e9,
      firstTokenNs: arrivalNs + seconds('prefill_e2e_time') * 1e9,
      finishedNs: arrivalNs + seconds('request_e2e_time') * 1e9,
      inputTokens: table.integer(row, 'request_num_prefill_tokens', 0),
      wantedTokens: tokens,
      tokens,
    }
  })
}

/** The tokens of a recorded run. */
export function readRecordedTokens({ file, text }: RunFile): RecordedToken[] {
  const table = CsvTable.parse(text, file)
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
    settings,
    hasTokenTimes: tokens !== null,
    warnings: [],
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
