// Requests of a workload in inference-sim's form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { HeadRequest } from './head/client.js'
import type { InferenceSimRequest } from './request.js'

/** In µs. */
export function microseconds(request: WorkloadRequest): InferenceSimRequest {
  const { id, arrivalNs, inputTokens, outputTokens, prefixGroup, prefixTokens } = request
  return {
    id,
    arrivalUs: Math.round(arrivalNs / 1000),
    inputTokens,
    outputTokens,
    ...(prefixGroup === undefined || prefixTokens === undefined
      ? {}
      : { prefixGroup, prefixTokens }),
  }
}

/** With what only its head has: classes, deadlines, sessions. */
export function headRequest(request: WorkloadRequest): HeadRequest {
  const { sloClass, deadlineNs, session, thinkNs = 0 } = request
  return {
    ...microseconds(request),
    ...(sloClass === undefined ? {} : { sloClass }),
    ...(deadlineNs === undefined ? {} : { deadlineUs: Math.round(deadlineNs / 1000) }),
    ...(session === undefined ? {} : { session, thinkUs: Math.round(thinkNs / 1000) }),
  }
}

/** Requests a second of a workload that does not say it. */
export function meanRate(requests: readonly WorkloadRequest[]): number {
  const first = requests[0]!.arrivalNs
  const last = requests.at(-1)!.arrivalNs
  return last > first ? ((requests.length - 1) * 1e9) / (last - first) : 0
}
