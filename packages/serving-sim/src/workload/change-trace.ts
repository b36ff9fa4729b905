// Recorded workloads, changed: fewer requests, other rates and lengths.
import type { WorkloadRequest } from '@flowsim/trace-schema'

/** Changes to a recorded workload. */
export interface TraceChanges {
  /** Only the first so many requests. */
  limit?: number | undefined
  /** Factor on times: 0.5 is twice as fast. */
  timeScale?: number | undefined
  /** Arrivals are squeezed or stretched to this mean rate. */
  ratePerS?: number | undefined
  inputScale?: number | undefined
  outputScale?: number | undefined
  /** Prompts are cut so that prompt and output have at most so many tokens. */
  maxTokens?: number | undefined
}

/** A changed copy of requests. */
export function changeTrace(
  requests: readonly WorkloadRequest[],
  changes: TraceChanges,
): WorkloadRequest[] {
  const { limit, inputScale = 1, outputScale = 1, maxTokens } = changes
  const kept = requests.slice(0, limit)
  const timeScale = (changes.timeScale ?? 1) * rateScale(kept, changes.ratePerS)
  return kept.map((request) => {
    const arrivalNs = Math.round(request.arrivalNs * timeScale)
    const outputTokens =
      request.outputTokens === 0 ? 0 : Math.max(1, Math.trunc(request.outputTokens * outputScale))
    let inputTokens = Math.max(1, Math.trunc(request.inputTokens * inputScale))
    if (maxTokens !== undefined && inputTokens + outputTokens > maxTokens) {
      inputTokens = Math.max(1, maxTokens - outputTokens)
    }
    const { deadlineNs, ...rest } = request
    return {
      ...rest,
      arrivalNs,
      inputTokens,
      outputTokens,
      // Clients are as patient as before.
      ...(deadlineNs === undefined
        ? {}
        : { deadlineNs: arrivalNs + (deadlineNs - request.arrivalNs) }),
    }
  })
}

function rateScale(requests: readonly WorkloadRequest[], ratePerS: number | undefined): number {
  const last = requests.at(-1)
  if (ratePerS === undefined || last === undefined) return 1
  const spanS = (last.arrivalNs - requests[0]!.arrivalNs) / 1e9
  return spanS > 0 ? (requests.length - 1) / spanS / ratePerS : 1
}
