// A script that makes its traces by itself: run it to its end and collect them.
import type { Engine, ServerSpec } from '../engines/engine.js'
import { ProfilerRunnerError } from '../errors.js'
import { describeExit, ProcessGroup } from '../process-group.js'
import { throwIfAborted } from '../wait.js'
import type { ProfileOptions } from './options.js'
import { type TraceFile, waitForTraces } from './trace-files.js'

/**
 * Runs a script.
 * @throws {@link ProfilerRunnerError} `server_exited` for an exit code other than 0, `aborted`,
 *   `trace_missing`, `trace_incomplete`
 */
export async function runScript(
  engine: Engine,
  spec: ServerSpec,
  options: ProfileOptions,
  env: Readonly<Record<string, string>>,
  logFile: string,
): Promise<TraceFile[]> {
  const command = engine.command(spec)
  const { signal } = options
  const group = await ProcessGroup.start(command, {
    env: { ...engine.environment(spec), ...env },
    logFile,
  })
  const stop = () => void group.stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const exit = await group.exited
    throwIfAborted(signal)
    if (exit.code !== 0) {
      throw new ProfilerRunnerError(
        'server_exited',
        `${command[0]}: ${describeExit(exit)}; last lines of ${logFile}: ${await group.logTail()}`,
      )
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    await group.stop()
  }
  if (options.sassTrace !== undefined) return []
  return waitForTraces({
    folder: spec.traceDir,
    engine,
    ignore: new Set(),
    ranks: options.ranks ?? null,
    stages: ['all'],
    timeoutMs: options.traceTimeoutMs ?? 600_000,
    settleMs: 500,
    signal,
  })
}
