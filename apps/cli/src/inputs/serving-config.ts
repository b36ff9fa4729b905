// A serving configuration and the files that it names.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ModelGraphError } from '@flowsim/model-graph'
import { fetchRepository, type KeptFile, keptFile } from '@flowsim/model-graph/node'
import { type PrepareOptions, ServingError } from '@flowsim/serving-sim'
import { modelStepTime, STEP_TIMES } from '@flowsim/step-time'
import { CliError } from '../program/errors.js'
import type { LanguageModelFlags } from '../program/options.js'
import { note } from '../program/print.js'
import { commandInputs, commandModel } from './command-model.js'

/** Text of a file that the user names. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError('failure', `${path}: cannot be read: ${reason(error)}`, { cause: error })
  }
}

/** What a configuration is prepared with, and what it lacked. */
export interface ConfigOptions extends PrepareOptions {
  /** Repositories of hubs that it has asked for, and of which nothing is kept. */
  readonly missing: Set<string>
}

/**
 * What configurations are prepared with; files that one names lie relative to it, those of repositories of hubs
 * in the cache.
 * @param onRead called with each file that is read, and its text
 */
export function optionsBeside(
  config: string,
  onRead?: (path: string, text: string) => void,
): ConfigOptions {
  const folder = dirname(resolve(config))
  const missing = new Set<string>()
  return {
    source: config,
    stepTimes: stepTimes(onRead),
    missing,
    readText(path) {
      const file = resolve(folder, path)
      const kept = existsSync(file) ? null : keptOf(path, missing)
      const text = kept?.text ?? readBeside(path, folder, config)
      onRead?.(kept?.path ?? file, text)
      return text
    },
  }
}

/** Kinds of step times, which know the user's program as the latency model `command`. */
function stepTimes(onRead: ((path: string, text: string) => void) | undefined) {
  for (const [path, text] of commandInputs() ?? []) onRead?.(path, text)
  const latencyModels = {
    // A configuration that names it without a program is told how to give one.
    get command() {
      return commandModel()
    },
  }
  return STEP_TIMES.map((kind) => (kind.type === 'model' ? modelStepTime({ latencyModels }) : kind))
}

/** A file of a repository, where the path is one: `org/name/config.json`. */
function keptOf(path: string, missing: Set<string>): KeptFile | null {
  const [, repository, file] = /^(.+)\/((?:hf_quant_)?config\.json)$/.exec(path) ?? []
  if (repository === undefined) return null
  const kept = keptFile(repository, file!)
  if (kept === undefined) missing.add(repository)
  return kept ?? null
}

/**
 * Prepares what a configuration describes. Repositories of hubs that it names are fetched on the way: configuration
 * and quantisation only.
 * @throws `ModelGraphError` where a repository cannot be had, and nothing else tells its model
 */
export async function withRepositories<T>(
  { missing }: ConfigOptions,
  { offline }: Pick<LanguageModelFlags, 'offline'>,
  prepare: () => T,
): Promise<T> {
  const fetched = new Set<string>()
  for (;;) {
    missing.clear()
    const prepared = attempt(prepare)
    const wanted = [...missing].filter((name) => !fetched.has(name))
    if (wanted.length === 0) {
      if ('fault' in prepared) throw prepared.fault
      return prepared.value
    }
    for (const name of wanted) {
      fetched.add(name)
      try {
        await fetchRepository(name, offline === undefined ? {} : { offline })
      } catch (error) {
        const isKnown = error instanceof ModelGraphError && error.code === 'unreachable'
        if (!isKnown || 'fault' in prepared) throw error
        note(`${error.message}; ${name} is read as the built-in model that its name tells`)
      }
    }
  }
}

function attempt<T>(run: () => T): { value: T; fault?: undefined } | { fault: unknown } {
  try {
    return { value: run() }
  } catch (fault) {
    if (fault instanceof ServingError || fault instanceof CliError) return { fault }
    throw fault
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
