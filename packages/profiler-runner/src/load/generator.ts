// Drives load against a running server and records when each token came.
//
// One process, one event loop: undici's dispatch interface hands over the bytes of each answer as they
// arrive, and one clock reading stamps all tokens of a chunk. Clock: performance.now(), which never
// goes back; all times are nanoseconds after the start of the run.
import { ProfilerRunnerError } from '../errors.js'
import { baseUrl } from '../http.js'
import { throwIfAborted } from '../wait.js'
import { type LoadProtocol, PROTOCOLS, type ProtocolName } from './protocols.js'
import type { LoadRequest } from './requests.js'
import { nsSince, type RunContext, StreamedRequest } from './streamed-request.js'

/** What load to drive, and where. */
export interface LoadOptions {
  /** Server, such as `http://127.0.0.1:30000`. */
  url: string
  protocol: ProtocolName
  /** Model name for the OpenAI interfaces. */
  model?: string
  requests: readonly LoadRequest[]
  /**
   * Arrival of each request in nanoseconds after the start; see `arrivalTimesNs`. Without it a closed
   * loop: a request arrives when `maxConcurrency` lets it be sent.
   */
  arrivalsNs?: readonly number[]
  /** Requests in flight at most. Default unlimited. */
  maxConcurrency?: number
  /** A request that takes longer has failed. Default 600 s. */
  timeoutMs?: number
  temperature?: number
  /** Fields beyond OpenAI's (`ignore_eos`, usage in each event). Default true. */
  extensions?: boolean
  extraBody?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
  /** Called whenever a request has ended. */
  onRequestEnd?: (done: number, total: number) => void
}

/** Why a request failed. */
export type LoadErrorType =
  | 'connection'
  | 'http_status'
  | 'incomplete_stream'
  | 'server_error'
  | 'timeout'
  | 'bad_stream'

/** What became of one request. Times in nanoseconds after the start of the run. */
export interface RequestMeasurement {
  id: string
  arrivalNs: number
  sentNs: number
  firstTokenNs: number | null
  finishedNs: number
  /** Arrival of each chunk that brought tokens. */
  chunkNs: number[]
  /** Tokens generated up to and with each chunk. */
  chunkTokens: number[]
  requestedOutputTokens: number
  inputTokens: number | null
  cachedTokens: number | null
  outputTokens: number
  error: { type: LoadErrorType; message: string } | null
}

/** A run of the load generator. */
export interface LoadResult {
  protocol: ProtocolName
  /** Start of the run, Unix time in milliseconds. */
  startedAtMs: number
  durationNs: number
  requests: RequestMeasurement[]
}

/**
 * Sends the requests at their times and reads all answers.
 * @throws {@link ProfilerRunnerError} `invalid_option`; `aborted` (what was running is cut off).
 *   Failures of single requests are recorded, not thrown.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { requests, arrivalsNs, signal } = options
  const { Pool } = await import('undici')
  throwIfAborted(signal)
  if (arrivalsNs !== undefined && arrivalsNs.length !== requests.length) {
    throw new ProfilerRunnerError('invalid_option', 'one arrival time for each request is needed')
  }
  const limit = options.maxConcurrency ?? Number.POSITIVE_INFINITY
  if (!(limit >= 1)) {
    throw new ProfilerRunnerError('invalid_option', `concurrency must be at least 1, got ${limit}`)
  }
  const origin = new URL(baseUrl(options.url))
  const pool = new Pool(origin.origin, {
    connections: Number.isFinite(limit) ? limit : null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
  })
  const bodies = requests.map((request) => encode(request, options))
  const startedAtMs = Date.now()
  const startMs = performance.now()
  const protocol: LoadProtocol = PROTOCOLS[options.protocol]
  const run: RunContext = {
    dispatcher: pool,
    origin: origin.origin,
    path: pathOf(origin, protocol),
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...options.headers,
    },
    protocol,
    timeoutMs: options.timeoutMs ?? 600_000,
    startMs,
  }
  const results: RequestMeasurement[] = new Array(requests.length)
  try {
    await new Promise<void>((resolve, reject) => {
      let next = 0
      let inFlight = 0
      let done = 0
      let timer: NodeJS.Timeout | undefined
      const stop = () => {
        clearTimeout(timer)
        reject(new ProfilerRunnerError('aborted', 'interrupted', { cause: signal?.reason }))
      }
      signal?.addEventListener('abort', stop, { once: true })
      const pump = () => {
        clearTimeout(timer)
        while (next < requests.length && inFlight < limit && !signal?.aborted) {
          const waitMs = startMs + (arrivalsNs?.[next] ?? 0) / 1e6 - performance.now()
          if (waitMs > 0) {
            // Timers fire up to a millisecond late and never early by more than their rounding.
            timer = setTimeout(pump, Math.max(0, waitMs - 0.5))
            return
          }
          const index = next++
          inFlight++
          new StreamedRequest(requests[index]!, bodies[index]!, run, (measured) => {
            measured.arrivalNs = arrivalsNs?.[index] ?? measured.sentNs
            results[index] = measured
            inFlight--
            done++
            options.onRequestEnd?.(done, requests.length)
            if (done === requests.length) {
              signal?.removeEventListener('abort', stop)
              resolve()
            } else pump()
          })
        }
      }
      if (requests.length === 0) resolve()
      else pump()
    })
  } finally {
    await pool.destroy()
  }
  return {
    protocol: options.protocol,
    startedAtMs,
    durationNs: nsSince(startMs),
    requests: results,
  }
}

function encode(request: LoadRequest, options: LoadOptions): Buffer {
  const protocol: LoadProtocol = PROTOCOLS[options.protocol]
  if (!protocol.takesTokenIds && typeof request.prompt !== 'string') {
    throw new ProfilerRunnerError(
      'invalid_option',
      `${options.protocol} takes text, not token ids; make the requests with asText`,
    )
  }
  const body = protocol.body(request, {
    model: options.model ?? 'default',
    temperature: options.temperature ?? 0,
    extensions: options.extensions ?? true,
    ...(options.extraBody === undefined ? {} : { extraBody: options.extraBody }),
  })
  return Buffer.from(JSON.stringify(body))
}

// Users give the base of an OpenAI interface with and without its /v1.
function pathOf({ pathname }: URL, { path }: LoadProtocol): string {
  const base = pathname.replace(/\/$/, '')
  return (path.startsWith('/v1/') ? base.replace(/\/v1$/, '') : base) + path
}
