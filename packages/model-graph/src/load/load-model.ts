// Finds a model by its name: what is built in, a file, a folder, or a repository of a hub.
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { builtInModel, findModel } from '../catalogue/catalogue.js'
import { readModel } from '../config/read-model.js'
import { ModelGraphError } from '../errors.js'
import type { ModelConfig } from '../model.js'
import { readConfigFile, readFolder } from './checkpoint-folder.js'
import { type HubOptions, isUnreachable, readHub } from './hub.js'
import { type HubId, parseHubId } from './hub-id.js'
import type { ModelFiles } from './model-files.js'

/** How {@link loadModel} looks. */
export interface LoadModelOptions extends HubOptions {
  /** Read an unknown `model_type`, or a family's file that cannot be read, as a Llama-like decoder. */
  generic?: boolean
}

/**
 * The model of a name: a built-in one (`llama-3.1-8b`), a `config.json`, a checkpoint folder, or a
 * repository of a hub (`org/name`, `org/name@revision`, `modelscope:org/name`). Of a repository only
 * configuration and quantisation files and headers or the index of safetensors are fetched; they are kept
 * under `$XDG_CACHE_HOME/flowsim`.
 * @throws `ModelGraphError` as `readModel` does; `unreadable` for files, `unreachable`,
 *   `not_found` and `forbidden` for hubs
 */
export async function loadModel(
  name: string,
  options: LoadModelOptions = {},
): Promise<ModelConfig> {
  const path = resolve(name)
  if (existsSync(path)) {
    const isFolder = statSync(path).isDirectory()
    const files = isFolder ? await readFolder(path) : await readFile(path)
    return modelOf(files, isFolder ? basename(path) : name, name, options)
  }
  if (/\.json$/i.test(name)) {
    throw new ModelGraphError('unreadable', `${name}: no such file`, { source: name, path: '' })
  }
  const id = parseHubId(name)
  if (id === undefined) return findModel(name)
  return (id.stated ? undefined : builtInModel(name)) ?? (await fromHub(id, name, options))
}

/** A file alone, or with those that lie beside a checkpoint's config.json. */
function readFile(path: string): Promise<ModelFiles> {
  return basename(path) === 'config.json' ? readFolder(dirname(path)) : readConfigFile(path)
}

/** A built-in model whose quantisation is that of the end of the name. */
function guessed(name: string): ModelConfig | undefined {
  try {
    return findModel(name)
  } catch (error) {
    if (error instanceof ModelGraphError && error.code === 'unknown_model') return undefined
    throw error
  }
}

async function fromHub(id: HubId, name: string, options: LoadModelOptions): Promise<ModelConfig> {
  try {
    return modelOf(await readHub(id, options), id.name, name, options)
  } catch (error) {
    const model = isUnreachable(error) && !id.stated ? guessed(name) : undefined
    if (model === undefined) throw error
    const why = `its configuration could not be fetched, so its quantisation is that of its name`
    return { ...model, assumed: [...model.assumed, why] }
  }
}

function modelOf(
  files: ModelFiles,
  name: string,
  source: string,
  { generic = false }: LoadModelOptions,
): ModelConfig {
  const { config, quantization, checkpoint } = files
  const model = readModel(config, {
    source,
    name,
    generic,
    ...(quantization === undefined ? {} : { quantization }),
    ...(checkpoint?.vocab === undefined ? {} : { vocab: checkpoint.vocab }),
  })
  return checkpoint === undefined ? model : { ...model, checkpointBytes: checkpoint.bytes }
}
