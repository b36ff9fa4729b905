// What a task answers, for a client: a time, or why there is none.
import type { Estimate } from '@flowsim/trace-schema'
import { type SimulationTask, simulationTaskSchema } from './task.js'

/** Answer of a backend to one request. */
export type TaskAnswer =
  /** FlowSim's service gives the whole estimate, the original a time. */
  | { status: 'ok'; timeS: number; estimate?: Estimate }
  /** `code` is the backend's (INVALID_INPUT, NO_SYSTEM, UNSUPPORTED_OP, …), or TIMEOUT, STALLED. */
  | { status: 'failed'; code: string; message: string }

/** The body of a task, checked; undefined where it is not one. */
export function readTask(body: unknown): SimulationTask | undefined {
  const task = simulationTaskSchema.safeParse(asSent(body))
  return task.success ? task.data : undefined
}

/** The answer that a task holds, or null while it waits or runs. */
export function answerOf({ status, result, message }: SimulationTask): TaskAnswer | null {
  if (status === 'queued' || status === 'running') return null
  if (status === 'timeout') return failed('TIMEOUT', message ?? 'timed out')
  if (result === null || result === undefined) {
    return failed('SIMULATOR_FAILED', 'no time in the answer')
  }
  if ('error' in result) {
    return failed('SIMULATOR_FAILED', result.error || 'the simulator failed without a message')
  }
  if (result.status === 'failed') {
    const { error_code, error } = result.failure_reason
    return failed(error_code, error || 'no time in the answer')
  }
  const estimate = result.output?.estimate
  return {
    status: 'ok',
    timeS: result.simulated_time,
    ...(estimate === undefined ? {} : { estimate }),
  }
}

function failed(code: string, message: string): TaskAnswer {
  return { status: 'failed', code, message }
}

// The original's documentation speaks of `time_taken`, and leaves the status out.
function asSent(body: unknown): unknown {
  const { result } = (body ?? {}) as { result?: { time_taken?: unknown } | null }
  if (typeof result?.time_taken !== 'number') return body
  const sent = { status: 'success', simulated_time: result.time_taken, ...result }
  return { ...(body as object), result: sent }
}
