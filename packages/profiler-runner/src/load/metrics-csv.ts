// request_metrics.csv and token_metrics.csv, with the columns of the serving testbed
// (gpu-simulate-test): integer nanoseconds after the start of the run, LF line ends.
//
// request_metrics.csv adds sent_time_ns, cached_tokens, error_type and error_msg; a reader that knows
// only the first columns works. token_metrics.csv has a row for each token; tokens that came in one
// chunk share its time, so all but the first of them have latency 0.
import { plainCell, protectText } from '@flowsim/trace-schema'
import type { LoadResult, RequestMeasurement } from './generator.js'

const REQUEST_COLUMNS = [
  'request_id',
  'arrival_time_ns',
  'first_token_time_ns',
  'ttft_ns',
  'completion_time_ns',
  'num_prefill_tokens',
  'num_decode_tokens',
  'num_decode_tokens_actual',
  'status',
  'backend',
  'sent_time_ns',
  'cached_tokens',
  'error_type',
  'error_msg',
]

/** The text of request_metrics.csv, a row for each request in order of arrival. */
export function requestMetricsCsv(result: LoadResult): string {
  const rows = result.requests.map((request) => requestRow(request, result.protocol))
  return `${[REQUEST_COLUMNS.join(','), ...rows].join('\n')}\n`
}

function requestRow(request: RequestMeasurement, backend: string): string {
  const { firstTokenNs, arrivalNs, error } = request
  return [
    request.id,
    arrivalNs,
    firstTokenNs,
    firstTokenNs === null ? null : firstTokenNs - arrivalNs,
    request.finishedNs,
    request.inputTokens,
    request.requestedOutputTokens,
    request.outputTokens,
    error === null ? 'ok' : 'error',
    backend,
    request.sentNs,
    request.cachedTokens,
    error?.type ?? null,
    error?.message ?? null,
  ]
    .map(csvCell)
    .join(',')
}

/** The text of token_metrics.csv, piece by piece. */
export function* tokenMetricsCsv(result: LoadResult): Generator<string> {
  yield 'request_id,token_index,token_time_ns,token_latency_ns\n'
  for (const { id, chunkNs, chunkTokens } of result.requests) {
    const request = csvCell(id)
    let text = ''
    let token = 0
    let last = chunkNs[0] ?? 0
    for (const [chunk, time] of chunkNs.entries()) {
      for (; token < chunkTokens[chunk]!; token++) {
        text += `${request},${token},${time},${time - last}\n`
        last = time
      }
    }
    if (text !== '') yield text
  }
}

function csvCell(value: string | number | null): string {
  return typeof value === 'string' ? plainCell(protectText(value)) : String(value ?? '')
}
