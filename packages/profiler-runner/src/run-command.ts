// A program that runs to its end, with all processes that it starts.
import { ProfilerRunnerError } from './errors.js'
import { describeExit, ProcessGroup } from './process-group.js'
import { throwIfAborted } from './wait.js'

/** How a program is run. */
export interface RunCommandOptions {
  cwd: string
  /** File that standard output and error are appended to. */
  logFile: string
  timeoutMs: number
  signal?: AbortSignal | undefined
}

/**
 * Runs a program and everything that it starts, and leaves nothing running.
 * @throws {@link ProfilerRunnerError} `command_not_found`, `server_exited` for another exit code than 0 (with the end
 *   of the log), `timeout`, `aborted`
 */
export async function runCommand(
  command: readonly string[],
  { cwd, logFile, timeoutMs, signal }: RunCommandOptions,
): Promise<void> {
  throwIfAborted(signal)
  const group = await ProcessGroup.start(command, { cwd, logFile })
  let isLate = false
  const stop = () => void group.stop(1000)
  const timer = setTimeout(() => {
    isLate = true
    stop()
  }, timeoutMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const exit = await group.exited
    throwIfAborted(signal)
    if (isLate) {
      throw new ProfilerRunnerError(
        'timeout',
        `${command[0]}: has not ended after ${timeoutMs / 1000} s`,
      )
    }
    if (exit.code === 0) return
    throw new ProfilerRunnerError(
      'server_exited',
      `${command[0]}: ${describeExit(exit)}; its last lines: ${await group.logTail()}`,
    )
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    await group.stop(1000)
  }
}
