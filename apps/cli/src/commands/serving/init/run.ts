// The work of `flowsim serving init`.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { prepareServing, ServingError } from '@flowsim/serving-sim'
import { loadHardware } from '../../../inputs/hardware.js'
import { loadModel } from '../../../inputs/language-model.js'
import { optionsBeside, withRepositories } from '../../../inputs/serving-config.js'
import { CliError } from '../../../program/errors.js'
import { Outputs } from '../../../program/outputs.js'
import { print, printJson } from '../../../program/print.js'
import type { ServingInitFlags } from '../flags.js'
import { configurationText } from './configuration.js'

/** Numbers of devices that are tried until the model fits. */
const DEVICES = [1, 2, 4, 8, 16]

export async function servingInit(flags: ServingInitFlags): Promise<void> {
  const path = resolve(flags.output)
  if (existsSync(path)) {
    throw new CliError('failure', `${path}: is there already; name another file with -o`)
  }
  await loadHardware(flags.hardware)
  await loadModel(flags.model, flags)
  const text = await fittingText(flags, path)
  await Outputs.file(path, text)
  if (flags.json) printJson({ outputs: [path] })
  else print(path)
}

/** The configuration with as few devices as hold the model; it is read as `serving run` reads it. */
async function fittingText(flags: ServingInitFlags, path: string): Promise<string> {
  const options = optionsBeside(path)
  for (const tensorParallel of flags.tp === undefined ? DEVICES : [flags.tp]) {
    const text = configurationText({ ...flags, tensorParallel })
    try {
      await withRepositories(options, flags, () => prepareServing(text, options))
      return text
    } catch (error) {
      const isTooLarge = error instanceof ServingError && error.code === 'model_does_not_fit'
      if (!isTooLarge || flags.tp !== undefined) throw error
    }
  }
  throw new CliError(
    'failure',
    `${flags.model}: does not fit on ${DEVICES.at(-1)} of ${flags.hardware}; name another device, or a quantised model`,
  )
}
