// Devices that commands are given: names of the catalogue, or description files.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { HardwareQuery } from '@flowsim/perf-model'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'

/** A device by its name in the catalogue, an alias, or the path of a JSON description. */
export async function loadHardware(name: string): Promise<HardwareSpec> {
  const { findHardware, readHardware } = await import('@flowsim/perf-model')
  if (!/\.json$/i.test(name)) return findHardware(name)
  return readHardware(await readJson(name), basename(name))
}

/** The device that a trace describes, if the catalogue knows it. */
export async function knownHardware(device: HardwareQuery): Promise<HardwareSpec | undefined> {
  const { findHardware, PerfModelError } = await import('@flowsim/perf-model')
  try {
    return findHardware(device)
  } catch (error) {
    if (error instanceof PerfModelError && error.code === 'unknown_hardware') return undefined
    throw error
  }
}

/** Parsed JSON of a file. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : code
    throw new CliError('failure', `${path}: cannot be read: ${why}`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CliError('failure', `${path}: is not JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
