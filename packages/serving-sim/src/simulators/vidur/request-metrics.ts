// The rows of Vidur's `request_metrics.csv`, in seconds, in the order in which requests finish.
//
// Token columns are those at arrival; normalisers are those at the end, which a restart changes.
// Decode time is divided by all generated tokens, though the first comes from the prefill.
import type { VidurRequest, VidurSequence } from './sequence.js'

/** Columns of `request_metrics.csv`. */
export const VIDUR_REQUEST_COLUMNS = [
  'Request Id',
  'request_e2e_time',
  'request_e2e_time_normalized',
  'request_execution_time',
  'request_execution_time_normalized',
  'request_model_execution_time',
  'request_model_execution_time_normalized',
  'request_preemption_time',
  'request_scheduling_delay',
  'request_execution_plus_preemption_time',
  'request_execution_plus_preemption_time_normalized',
  'prefill_e2e_time',
  'prefill_time_execution_plus_preemption',
  'prefill_time_execution_plus_preemption_normalized',
  'decode_time_execution_plus_preemption_normalized',
  'request_inter_arrival_delay',
  'request_num_tokens',
  'request_num_prefill_tokens',
  'request_num_decode_tokens',
  'request_pd_ratio',
  'request_num_restarts',
] as const

export type VidurRequestColumn = (typeof VIDUR_REQUEST_COLUMNS)[number]

/** One row; the delay since the arrival before is null for the first request. */
export type VidurRequestRow = Record<VidurRequestColumn, number | null>

/** Rows of the finished requests. CPU overhead is part of the execution time of a stage. */
export function vidurRequestMetrics(
  requests: readonly VidurRequest[],
  sequences: readonly VidurSequence[],
): VidurRequestRow[] {
  const rows: { row: VidurRequestRow; completedAt: number }[] = []
  for (const [i, sequence] of sequences.entries()) {
    if (!sequence.completed) continue
    const request = requests[i]!
    const e2e = sequence.completedAt - sequence.arrivedAt
    const { executionTime, preemptedTime, prefillTokens, decodeTokens } = sequence
    const prefill = sequence.prefillCompletedAt - sequence.scheduledAt
    const before = requests[i - 1]
    rows.push({
      completedAt: sequence.completedAt,
      row: {
        'Request Id': sequence.id,
        request_e2e_time: e2e,
        request_e2e_time_normalized: e2e / decodeTokens,
        request_execution_time: executionTime,
        request_execution_time_normalized: executionTime / decodeTokens,
        request_model_execution_time: executionTime,
        request_model_execution_time_normalized: executionTime / decodeTokens,
        request_preemption_time: preemptedTime,
        request_scheduling_delay: sequence.schedulingDelay,
        request_execution_plus_preemption_time: executionTime + preemptedTime,
        request_execution_plus_preemption_time_normalized:
          (executionTime + preemptedTime) / decodeTokens,
        prefill_e2e_time: sequence.prefillCompletedAt - sequence.arrivedAt,
        prefill_time_execution_plus_preemption: prefill,
        prefill_time_execution_plus_preemption_normalized: prefill / prefillTokens,
        decode_time_execution_plus_preemption_normalized:
          (sequence.completedAt - sequence.prefillCompletedAt) / decodeTokens,
        request_inter_arrival_delay:
          before === undefined ? null : request.arrivedAtS - before.arrivedAtS,
        request_num_tokens: request.prefillTokens + request.decodeTokens,
        request_num_prefill_tokens: request.prefillTokens,
        request_num_decode_tokens: request.decodeTokens,
        request_pd_ratio: request.prefillTokens / request.decodeTokens,
        request_num_restarts: sequence.restarts,
      },
    })
  }
  return rows.sort((a, b) => a.completedAt - b.completedAt).map(({ row }) => row)
}
