// Small JSON requests to a backend.
import { TaskApiError } from './errors.js'

/** An answer that was read whole. */
export interface JsonAnswer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; undefined when it is not JSON. */
  body: unknown
}

/** How a request is made. */
export interface JsonRequest {
  method: 'GET' | 'POST'
  body?: unknown
  token?: string | undefined
  signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 30_000
/** An answer holds one estimate, or a list of operations. */
const MAX_BYTES = 16 << 20

/**
 * Sends a request and reads the answer, whatever its status.
 * @throws {@link TaskApiError} `request_failed` when no answer comes, `aborted`, `timeout`
 */
export async function requestJson(
  url: string,
  { method, body, token, signal: given }: JsonRequest,
): Promise<JsonAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: given === undefined ? timeout : AbortSignal.any([given, timeout]),
    })
    const text = await textOf(response, url)
    return { status: response.status, headers: response.headers, text, body: parseJson(text) }
  } catch (error) {
    if (error instanceof TaskApiError) throw error
    const options = { cause: error }
    if (given?.aborted)
      throw new TaskApiError('aborted', 'interrupted', { source: url, ...options })
    if (timeout.aborted) {
      const message = `${url}: no answer within ${TIMEOUT_MS / 1000} s`
      throw new TaskApiError('timeout', message, { source: url, ...options })
    }
    throw new TaskApiError('request_failed', `${url}: ${reasonOf(error)}`, {
      source: url,
      ...options,
    })
  }
}

async function textOf(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) {
      throw new TaskApiError('request_failed', `${url}: answer above ${MAX_BYTES} bytes`, {
        source: url,
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// fetch says "fetch failed" and why in its cause, or in the first of the causes of all addresses.
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return reasonOf({ cause: cause.errors[0] })
  }
  const { code, message } = (cause ?? error) as { code?: unknown; message?: unknown }
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'connection closed'
  return typeof message === 'string' && message !== '' ? message : String(error)
}

/**
 * `http://host:port` without a trailing slash.
 * @throws {@link TaskApiError} `invalid_option` for anything that is not an HTTP URL
 */
export function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    const message = `${url} is not an http or https URL; write http://host:port`
    throw new TaskApiError('invalid_option', message, { source: url })
  }
  return parsed.href.replace(/\/+$/, '')
}
