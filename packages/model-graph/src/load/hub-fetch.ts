// What is asked of a hub: of Hugging Face through its own client, of ModelScope by its plain addresses.
// Failures become one line: no network, no access, no such repository.
import { messageOf } from '@flowsim/trace-schema'
import { ModelGraphError } from '../errors.js'
import type { HubFetcher, HubOptions } from './hub.js'
import type { HubId } from './hub-id.js'
import { headerLength } from './safetensors.js'

const TIMEOUT_MS = 30_000

type Client = typeof import('@huggingface/hub')

/** Asks the hub of a repository. */
export async function fetcherOf(id: HubId, options: HubOptions): Promise<HubFetcher> {
  return id.hub === 'modelscope' ? modelScope(id, options) : huggingFace(id, options)
}

async function huggingFace(id: HubId, options: HubOptions): Promise<HubFetcher> {
  const endpoint = endpointOf(id, options)
  const accessToken = options.token ?? process.env.HF_TOKEN
  if (accessToken && !accessToken.startsWith('hf_')) {
    throw new ModelGraphError('invalid_option', 'HF_TOKEN: a token begins with hf_', {
      path: 'token',
    })
  }
  const client = await hubClient()
  const credentials = accessToken ? { accessToken } : {}
  const common = { hubUrl: endpoint, fetch: strict, ...credentials }
  const asked = <T>(run: () => Promise<T>) => told(id, endpoint, run)
  const blob = (revision: string, path: string) =>
    asked(() => client.downloadFile({ ...common, repo: id.name, path, revision, xet: false }))
  return {
    endpoint,
    resolve: (revision) =>
      asked(async () => {
        const { sha } = await client.modelInfo({
          ...common,
          name: id.name,
          revision,
          additionalFields: ['sha'],
        })
        return sha ?? revision
      }),
    file: async (revision, name) => (await blob(revision, name))?.text() ?? null,
    async header(revision, name) {
      const file = await blob(revision, name)
      if (file === null) return null
      const start = new Uint8Array(await file.slice(0, 8).arrayBuffer())
      const length = headerLength(start, `${id.name}, ${name}`)
      return await file.slice(8, 8 + length).text()
    },
  }
}

async function hubClient(): Promise<Client> {
  try {
    return await import('@huggingface/hub')
  } catch (error) {
    throw new ModelGraphError(
      'unreachable',
      'hubs are asked through @huggingface/hub, which is not installed; npm install @huggingface/hub',
      { path: 'model' },
      { cause: error },
    )
  }
}

function modelScope(id: HubId, options: HubOptions): HubFetcher {
  const endpoint = endpointOf(id, options)
  const token = options.token ?? process.env.MODELSCOPE_API_TOKEN
  const headers = token ? { Authorization: `Bearer ${token}` } : {}
  const get = (revision: string, name: string, range?: string) =>
    told(id, endpoint, async () => {
      const path = `${endpoint}/models/${id.name}/resolve/${encodeURIComponent(revision)}/${name}`
      const extra = range === undefined ? {} : { Range: `bytes=${range}` }
      const response = await patient(path, { headers: { ...headers, ...extra } })
      if (response.status === 404) return null
      if (!response.ok) throw new StatusError(response.status)
      return response
    })
  return {
    endpoint,
    // ModelScope does not tell what a name means without its own interface; names stand for themselves.
    resolve: async (ref) => ref,
    file: async (revision, name) => (await get(revision, name))?.text() ?? null,
    async header(revision, name) {
      const start = await get(revision, name, '0-7')
      if (start === null) return null
      const bytes = new Uint8Array(await start.arrayBuffer()).subarray(0, 8)
      const length = headerLength(bytes, `${id.name}, ${name}`)
      const rest = await get(revision, name, `8-${7 + length}`)
      return (await rest?.text()) ?? null
    },
  }
}

class StatusError extends Error {
  constructor(readonly statusCode: number) {
    super(`status ${statusCode}`)
  }
}

/** A hub that does not answer is one that is out of reach. */
function patient(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> {
  return fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
}

/**
 * Refusals are told by their status alone: the client reads their bodies as what their type says, and proxies answer
 * with others. That a repository has no such file is for the client.
 */
async function strict(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
  const response = await patient(input, init)
  const { status, headers } = response
  const isAbsent = status === 404 && headers.get('x-error-code') === 'EntryNotFound'
  if (status >= 400 && !isAbsent) throw new StatusError(status)
  return response
}

/** Address of the hub of a repository, without a slash at its end. */
export function endpointOf({ hub }: HubId, options: HubOptions): string {
  const { HF_ENDPOINT, MODELSCOPE_ENDPOINT } = process.env
  const known =
    hub === 'modelscope'
      ? MODELSCOPE_ENDPOINT || 'https://www.modelscope.cn'
      : HF_ENDPOINT || 'https://huggingface.co'
  const text = options.endpoint ?? known
  if (URL.canParse(text)) return text.replace(/\/+$/, '')
  throw new ModelGraphError('invalid_option', `endpoint: "${text}" is not an address`, {
    path: 'endpoint',
  })
}

/** Runs; a refusal is told in one line. */
async function told<T>(
  { name, revision, hub }: HubId,
  endpoint: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ModelGraphError) throw error
    const status = error instanceof StatusError ? error.statusCode : undefined
    const variable = hub === 'modelscope' ? 'MODELSCOPE_API_TOKEN' : 'HF_TOKEN'
    const at = revision === undefined ? '' : ` at revision ${revision}`
    const [code, problem] = refusal(status, { endpoint, variable, at, error })
    throw new ModelGraphError(
      code,
      `${name}: ${problem}`,
      { source: name, path: '' },
      { cause: error },
    )
  }
}

function refusal(
  status: number | undefined,
  {
    endpoint,
    variable,
    at,
    error,
  }: { endpoint: string; variable: string; at: string; error: unknown },
): ['unreachable' | 'forbidden' | 'not_found', string] {
  if (status === 401 || status === 403) {
    return [
      'forbidden',
      `${endpoint} refuses it (${status}); accept its terms there and set ${variable}, or check the name`,
    ]
  }
  if (status === 404)
    return ['not_found', `${endpoint} has no such repository${at}; check the name and the revision`]
  if (status !== undefined)
    return ['unreachable', `${endpoint} answers with status ${status}; try again later`]
  if (error instanceof SyntaxError)
    return ['unreachable', `${endpoint} answers with what is not JSON; check that it is a hub`]
  return [
    'unreachable',
    `${endpoint} cannot be reached: ${reasonOf(error)}; check the network, or name a config.json`,
  ]
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer in ${TIMEOUT_MS / 1000} s`
  const cause = error instanceof Error ? error.cause : undefined
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return code ?? messageOf(cause ?? error)
}
