// Tables of a simulation as CSV. Times are nanoseconds; an empty cell is a time that never came.
import type { BatchRow, RequestTable, TimelineInterval } from '@flowsim/serving-sim'
import { csvFormatRow } from 'd3-dsv'

const line = (cells: readonly (string | number | null)[]) =>
  `${csvFormatRow(cells.map((cell) => (cell === null ? '' : String(cell))))}\n`

/** `requests.csv`, in the order of the workload. */
export function* requestLines(requests: RequestTable): Generator<string> {
  yield line([
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
  ])
  for (const request of requests) {
    yield line([
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
    ])
  }
}

/** `batches.csv`, in the order in which steps start. */
export function* batchLines(batches: readonly BatchRow[]): Generator<string> {
  yield line(['instance', 'start_ns', 'duration_ns', 'size', 'prefill_tokens', 'decode_tokens'])
  for (const { instance, startNs, durationNs, size, prefillTokens, decodeTokens } of batches) {
    yield line([instance, startNs, durationNs, size, prefillTokens, decodeTokens])
  }
}

/** `timeline.csv`: means and counts of each interval. */
export function* timelineLines(timeline: readonly TimelineInterval[]): Generator<string> {
  yield line(['start_ns', 'end_ns', 'running', 'waiting', 'kv_use', 'output_tokens', 'finished'])
  for (const each of timeline) {
    const { startNs, endNs, running, waiting, kvUse, outputTokens, finished } = each
    yield line([startNs, endNs, running, waiting, kvUse, outputTokens, finished])
  }
}
