// Tables of a simulation as CSV. Times are nanoseconds; an empty cell is a time that never came.
import type { BatchRow, RequestTable, TimelineInterval } from '@flowsim/serving-sim'
import type { CsvCell } from '../../../program/csv.js'

/** `requests.csv`, in the order of the workload. */
export function* requestRows(requests: RequestTable): Generator<CsvCell[]> {
  yield [
    'id',
    'arrival_ns',
    'scheduled_ns',
    'first_token_ns',
    'finished_ns',
    'input_tokens',
    'output_tokens',
    'state',
    'preemptions',
    'instance',
    'cached_tokens',
    'slo_class',
  ]
  for (const request of requests) {
    yield [
      request.id,
      request.arrivalNs,
      request.scheduledNs,
      request.firstTokenNs,
      request.finishedNs,
      request.inputTokens,
      request.outputTokens,
      request.state,
      request.preemptions,
      request.instance,
      request.cachedTokens ?? 0,
      request.sloClass ?? '',
    ]
  }
}

/** `batches.csv`, in the order in which steps start. */
export function* batchRows(batches: readonly BatchRow[]): Generator<CsvCell[]> {
  yield ['instance', 'start_ns', 'duration_ns', 'size', 'prefill_tokens', 'decode_tokens']
  for (const { instance, startNs, durationNs, size, prefillTokens, decodeTokens } of batches) {
    yield [instance, startNs, durationNs, size, prefillTokens, decodeTokens]
  }
}

/** `timeline.csv`: means and counts of each interval. */
export function* timelineRows(timeline: readonly TimelineInterval[]): Generator<CsvCell[]> {
  yield ['start_ns', 'end_ns', 'running', 'waiting', 'kv_use', 'output_tokens', 'finished']
  for (const each of timeline) {
    const { startNs, endNs, running, waiting, kvUse, outputTokens, finished } = each
    yield [startNs, endNs, running, waiting, kvUse, outputTokens, finished]
  }
}
