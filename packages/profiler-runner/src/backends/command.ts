// Runs the command-line tools of engines (docker, sbatch, …) and turns their failures into errors.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '@flowsim/trace-schema'
import { ProfilerRunnerError } from '../errors.js'

const run = promisify(execFile)

/**
 * Standard output of a tool.
 * @throws {@link ProfilerRunnerError} `command_not_found`, or `backend_failed` with what it said
 */
export async function runTool(
  file: string,
  args: readonly string[],
  timeoutMs = 60_000,
): Promise<string> {
  try {
    const { stdout } = await run(file, args, { timeout: timeoutMs, maxBuffer: 256 << 20 })
    return stdout
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') {
      throw new ProfilerRunnerError('command_not_found', `${file} is not installed here`, {
        cause: error,
      })
    }
    const said = stderr.trim().split('\n').filter(Boolean).join(' | ') || messageOf(error)
    throw new ProfilerRunnerError('backend_failed', `${file}: ${said}`, { cause: error })
  }
}
