// What a task of an LLMCompass backend answers.
//
// What the original does that a client must know: a task that failed its checks is "done" with
// result.status "failed"; one that hit an exception is "failed" with the text in result.error, empty
// for an assertion; the time is result.simulated_time (result.time_taken in its own documentation).

/** Answer of the backend to one request. */
export type BackendAnswer =
  /** `output` is what the backend says beside the time; FlowSim's service gives `{ estimate }` there. */
  | { status: 'ok'; timeS: number; output?: unknown }
  /** `code` is the backend's (INVALID_INPUT, NO_SYSTEM, UNSUPPORTED_OP, …), or TIMEOUT, STALLED. */
  | { status: 'failed'; code: string; message: string }

/** The answer that a task holds, or null while it waits or runs. */
export function readTask(task: {
  status: string
  result?: unknown
  message?: string | undefined
}): BackendAnswer | null {
  const result = (task.result ?? {}) as {
    status?: string
    output?: unknown
    simulated_time?: unknown
    time_taken?: unknown
    failure_reason?: { error?: string; error_code?: string } | null
    error?: string
  }
  switch (task.status) {
    case 'queued':
    case 'running':
      return null
    case 'timeout':
      return { status: 'failed', code: 'TIMEOUT', message: task.message ?? 'timed out' }
    case 'failed':
      return {
        status: 'failed',
        code: 'SIMULATOR_FAILED',
        message: result.error || 'the simulator failed without a message',
      }
    default: {
      const timeS = result.simulated_time ?? result.time_taken
      if (result.status !== 'failed' && typeof timeS === 'number' && timeS >= 0) {
        // The original has nothing but a sentence there.
        const { output } = result
        const says = typeof output === 'object' && output !== null && 'estimate' in output
        return { status: 'ok', timeS, ...(says ? { output } : {}) }
      }
      const { error, error_code } = result.failure_reason ?? {}
      return {
        status: 'failed',
        code: error_code ?? 'SIMULATOR_FAILED',
        message: error || 'no time in the answer',
      }
    }
  }
}
