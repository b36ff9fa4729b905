// Repositories of Hugging Face and ModelScope: configuration, quantisation, and the index or the header of
// safetensors. Weights are never fetched.
import { parseConfig } from '../config/parse-config.js'
import { ModelGraphError } from '../errors.js'
import { HubCache } from './hub-cache.js'
import { endpointOf, fetcherOf } from './hub-fetch.js'
import { type HubId, parseHubId } from './hub-id.js'
import type { CheckpointSize, ModelFiles } from './model-files.js'
import { sizeOfHeader, sizeOfIndex } from './safetensors.js'

/** How hubs are asked. */
export interface HubOptions {
  /** Nothing is fetched; what the cache has must do. */
  offline?: boolean
  /** Address of the hub; HF_ENDPOINT or MODELSCOPE_ENDPOINT, else the public one. */
  endpoint?: string
  /** HF_TOKEN or MODELSCOPE_API_TOKEN if absent. */
  token?: string
  /** Folder of the cache; `$XDG_CACHE_HOME/flowsim` if absent. */
  cacheFolder?: string
}

/** One repository, as the cache and the hub have it. */
export interface HubFetcher {
  endpoint: string
  /** The revision that a name means: one that does not move, where the hub tells. */
  resolve(ref: string): Promise<string>
  /** Text of a file; null if there is none. */
  file(revision: string, name: string): Promise<string | null>
  /** Header of a safetensors file; null if there is no file. */
  header(revision: string, name: string): Promise<string | null>
}

const WEIGHTS = 'model.safetensors'

/** The files of a repository. */
export async function readHub(id: HubId, options: HubOptions): Promise<ModelFiles> {
  const fetcher = await fetcherOf(id, options)
  const cache = new HubCache(id, fetcher.endpoint, options.cacheFolder)
  const ref = refOf(id)
  const offline = isOffline(options)
  const revision = await revisionOf(id, ref, fetcher, cache, offline)
  // A hub that does not tell commits is asked each time, unless it cannot be reached.
  const moves = revision === ref && !/^[0-9a-f]{7,40}$/.test(ref)
  const read = async (name: string, fetch: () => Promise<string | null>) => {
    const kept = cache.read(revision, name)
    if (offline) return kept ?? null
    if (kept !== undefined && !moves) return kept
    try {
      const text = await fetch()
      await cache.write(revision, name, text)
      return text
    } catch (error) {
      if (kept !== undefined && isUnreachable(error)) return kept
      throw error
    }
  }
  const file = (name: string) => read(name, () => fetcher.file(revision, name))

  const source = id.name
  const config = await file('config.json')
  if (config === null) {
    throw new ModelGraphError('not_found', `${source}: the repository holds no config.json`, {
      source,
      path: '',
    })
  }
  const quantization = await file('hf_quant_config.json')
  const checkpoint = await sizeOf(source, file, () =>
    read(`${WEIGHTS}.header`, () => fetcher.header(revision, WEIGHTS)),
  )
  return {
    config: parseConfig(config, { source }),
    ...(quantization === null
      ? {}
      : { quantization: parseConfig(quantization, { source: `${source}, hf_quant_config.json` }) }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  }
}

async function sizeOf(
  source: string,
  file: (name: string) => Promise<string | null>,
  header: () => Promise<string | null>,
): Promise<CheckpointSize | undefined> {
  const name = `${WEIGHTS}.index.json`
  const index = await file(name)
  if (index !== null)
    return sizeOfIndex(parseConfig(index, { source: `${source}, ${name}` }), source)
  const text = await header()
  return text === null ? undefined : sizeOfHeader(text, `${source}, ${WEIGHTS}`)
}

async function revisionOf(
  { name }: HubId,
  ref: string,
  fetcher: HubFetcher,
  cache: HubCache,
  offline: boolean,
): Promise<string> {
  const kept = cache.readRef(ref)
  if (offline) {
    if (kept !== undefined) return kept
    throw new ModelGraphError(
      'unreachable',
      `${name}: is not in the cache, and --offline fetches nothing; run it once with the network`,
      { source: name, path: '' },
    )
  }
  try {
    const revision = await fetcher.resolve(ref)
    if (revision !== kept) await cache.writeRef(ref, revision)
    return revision
  } catch (error) {
    if (kept !== undefined && isUnreachable(error)) return kept
    throw error
  }
}

/** As asked for, or by the variable that Hugging Face's own tools heed. */
function isOffline({ offline }: HubOptions): boolean {
  return offline ?? /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '')
}

/** Whether a hub did not answer, so that what is kept must do. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ModelGraphError && error.code === 'unreachable'
}

/** A file that the cache has of a repository. */
export interface KeptFile {
  /** Where it lies. */
  path: string
  text: string
}

/**
 * A file of a repository that was fetched before, such as `config.json`; null where the repository has no such
 * file, or the name cannot be one of a repository; undefined where nothing is kept of it.
 */
export function keptFile(
  name: string,
  file: string,
  options: HubOptions = {},
): KeptFile | null | undefined {
  const id = parseHubId(name)
  if (id === undefined) return null
  const cache = new HubCache(id, endpointOf(id, options), options.cacheFolder)
  const revision = cache.readRef(refOf(id))
  if (revision === undefined) return undefined
  const text = cache.read(revision, file)
  return text == null ? text : { path: cache.pathOf(revision, file), text }
}

/**
 * Fetches what {@link keptFile} reads of a repository, unless it is kept already.
 * @throws `ModelGraphError` `unreachable`, `not_found` or `forbidden`
 */
export async function fetchRepository(name: string, options: HubOptions = {}): Promise<void> {
  const id = parseHubId(name)
  if (id !== undefined) await readHub(id, options)
}

function refOf({ revision, hub }: HubId): string {
  return revision ?? (hub === 'modelscope' ? 'master' : 'main')
}
