// Waiting that can be given up.
import { setTimeout as delay } from 'node:timers/promises'
import { ProfilerRunnerError } from './errors.js'

/**
 * Waits.
 * @throws {@link ProfilerRunnerError} `aborted` when the signal fires first
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    throw new ProfilerRunnerError('aborted', 'interrupted', { cause: error })
  }
}

/** @throws {@link ProfilerRunnerError} `aborted` when the signal has fired */
export function throwIfAborted(signal?: AbortSignal): void {
  if (signal?.aborted) {
    throw new ProfilerRunnerError('aborted', 'interrupted', { cause: signal.reason })
  }
}

/** Milliseconds on a clock that never goes back. */
export function nowMs(): number {
  return performance.now()
}
