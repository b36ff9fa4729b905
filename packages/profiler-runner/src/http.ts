// Small JSON requests to engines and services, on undici. Load is driven elsewhere (load/).
import { messageOf } from '@flowsim/trace-schema'
import { ProfilerRunnerError } from './errors.js'

/** An answer that was read whole. */
export interface JsonResponse {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The parsed body; undefined when it is not JSON. */
  body: unknown
}

/** How a request is made. */
export interface JsonRequest {
  method?: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  headers?: Readonly<Record<string, string>>
  timeoutMs?: number
  /** Answers above this are refused. Default 64 MiB. */
  maxBytes?: number
  signal?: AbortSignal | undefined
}

/**
 * Sends a request and reads the answer, whatever its status.
 * @throws {@link ProfilerRunnerError} `request_failed` when no answer comes, `aborted`, `timeout`
 */
export async function requestJson(url: string, options: JsonRequest = {}): Promise<JsonResponse> {
  // Loaded where something is sent: most commands send nothing.
  const { request } = await import('undici')
  const timeoutMs = options.timeoutMs ?? 30_000
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  const maxBytes = options.maxBytes ?? 64 << 20
  try {
    const response = await request(url, {
      method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    let bytes = 0
    const chunks: Buffer[] = []
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) {
        throw new ProfilerRunnerError('request_failed', `${url}: answer above ${maxBytes} bytes`)
      }
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: parseJson(text),
    }
  } catch (error) {
    if (error instanceof ProfilerRunnerError) throw error
    if (options.signal?.aborted) {
      throw new ProfilerRunnerError('aborted', 'interrupted', { cause: error })
    }
    if (timeout.aborted) {
      throw new ProfilerRunnerError('timeout', `${url}: no answer within ${timeoutMs / 1000} s`, {
        cause: error,
      })
    }
    throw new ProfilerRunnerError('request_failed', `${url}: ${reasonOf(error)}`, { cause: error })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Connection errors carry their reason in a code, or in an inner error. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'connection closed'
  return typeof message === 'string' && message !== '' ? message : messageOf(error)
}

/** `http://host:port` without a trailing slash. @throws for anything that is not an HTTP URL */
export function baseUrl(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new ProfilerRunnerError('invalid_option', `not a URL: ${url}; write http://host:port`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new ProfilerRunnerError('invalid_option', `not an http or https URL: ${url}`)
  }
  return parsed.href.replace(/\/+$/, '')
}
