// A serving configuration and the files that it names.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { PrepareOptions } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { CliError } from '../program/errors.js'

/** Text of a file that the user names. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError('failure', `${path}: cannot be read: ${reason(error)}`, { cause: error })
  }
}

/**
 * What configurations are prepared with; files that one names lie relative to it.
 * @param onRead called with each file that is read, and its text
 */
export function optionsBeside(
  config: string,
  onRead?: (path: string, text: string) => void,
): PrepareOptions {
  const folder = dirname(resolve(config))
  return {
    source: config,
    stepTimes: STEP_TIMES,
    readText(path) {
      const text = readBeside(path, folder, config)
      onRead?.(resolve(folder, path), text)
      return text
    },
  }
}

function readBeside(path: string, folder: string, config: string): string {
  try {
    const file = resolve(folder, path)
    const bytes = readFileSync(file)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    const problem = `${path}: cannot be read: ${reason(error)}`
    const message = `${config}: ${problem}; paths are relative to the configuration`
    throw new CliError('failure', message, { cause: error })
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EISDIR') return 'a folder'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  return message
}
