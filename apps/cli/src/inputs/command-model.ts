// The user's own program as a latency model: --model command.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { CommandModel } from '@flowsim/external/command-model'
import { settingsOf, splitWords } from '@flowsim/profiler-runner'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'

const SETTING = 'model.command'
/** The variable by which threads of a sweep hear of the flag. */
const VARIABLE = 'FLOWSIM_MODEL_COMMAND'

/** The command line: of the flag, the environment or the settings. */
export function modelCommand(flag?: string): string | undefined {
  const command = settingsOf('model.', { flags: { command: flag } })[SETTING]
  return command === undefined ? undefined : String(command)
}

/** Hands the flag on to everything in this process and its threads that asks for the model. */
export function setModelCommand(flag: string | undefined): void {
  if (flag !== undefined) process.env[VARIABLE] = flag
}

const running = new Map<string, CommandModel>()

/** The model of the command; one process for all that ask. */
export function commandModel(flag?: string): CommandModel {
  const command = modelCommand(flag)
  if (command === undefined) {
    throw new CliError(
      'usage',
      `--model command: needs the program; give it with --command "python my_model.py", ${VARIABLE} or ${SETTING} of the settings`,
    )
  }
  let model = running.get(command)
  if (model === undefined) {
    model = new CommandModel(splitWords(command), {
      onFault: (fault) => note(`--command: ${fault}`),
    })
    running.set(command, model)
  }
  return model
}

/** Files that the command names, with their text: its answers depend on them. `null` without a command. */
export function commandInputs(): [path: string, text: string][] | null {
  const command = modelCommand()
  if (command === undefined) return null
  return splitWords(command)
    .filter((word) => existsSync(word) && statSync(word).isFile())
    .map((path): [string, string] => [path, readFileSync(path, 'utf8')])
}
