// Drives load against a running server and records when each token came.
//
// One process, one event loop: undici's dispatch interface hands over the bytes of each answer as they
// arrive, and one clock reading stamps all tokens of a chunk. Clock: performance.now(), which never
// goes back; all times are nanoseconds after the start of the run.
import { type Dispatcher, Pool } from 'undici'
import { ProfilerRunnerError } from '../errors.js'
import { baseUrl, reasonOf } from '../http.js'
import { throwIfAborted } from '../wait.js'
import { type LoadProtocol, PROTOCOLS, type ProtocolName, type StreamState } from './protocols.js'
import type { LoadRequest } from './requests.js'
import { SseReader } from './sse.js'

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
          send(pool, origin, bodies[index]!, requests[index]!, options, startMs, (measured) => {
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

function nsSince(startMs: number): number {
  return Math.round((performance.now() - startMs) * 1e6)
}

function send(
  pool: Pool,
  origin: URL,
  body: Buffer,
  request: LoadRequest,
  options: LoadOptions,
  startMs: number,
  onEnd: (measured: RequestMeasurement) => void,
): void {
  const protocol: LoadProtocol = PROTOCOLS[options.protocol]
  const state: StreamState = {
    outputTokens: 0,
    inputTokens: request.inputTokens,
    cachedTokens: null,
    finished: false,
    error: null,
  }
  const measured: RequestMeasurement = {
    id: request.id,
    arrivalNs: 0,
    sentNs: nsSince(startMs),
    firstTokenNs: null,
    finishedNs: 0,
    chunkNs: [],
    chunkTokens: [],
    requestedOutputTokens: request.outputTokens,
    inputTokens: null,
    cachedTokens: null,
    outputTokens: 0,
    error: null,
  }
  let status = 0
  let refusal = ''
  let ended = false
  let controller: Dispatcher.DispatchController | undefined
  let chunkNs = 0
  let before = 0

  const timeoutMs = options.timeoutMs ?? 600_000
  const timer = setTimeout(() => {
    fail('timeout', `no complete answer within ${timeoutMs / 1000} s`)
    controller?.abort(new Error('timeout'))
  }, timeoutMs)

  const end = () => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    measured.finishedNs = nsSince(startMs)
    measured.outputTokens = state.outputTokens
    measured.inputTokens = state.inputTokens
    measured.cachedTokens = state.cachedTokens
    onEnd(measured)
  }
  const fail = (type: LoadErrorType, message: string) => {
    measured.error ??= { type, message }
    end()
  }

  const reader = new SseReader((data) => {
    if (data === '[DONE]') {
      state.finished = true
      return
    }
    let event: unknown
    try {
      event = JSON.parse(data)
    } catch {
      measured.error ??= { type: 'bad_stream', message: `not JSON: ${data.slice(0, 80)}` }
      return
    }
    protocol.read(event, state)
    // A last event that only counts brings no new token, whatever its total says.
    if (state.outputTokens > before && hasContent(event)) {
      measured.firstTokenNs ??= chunkNs
      measured.chunkNs.push(chunkNs)
      measured.chunkTokens.push(state.outputTokens)
      before = state.outputTokens
    }
  })

  pool.dispatch(
    {
      origin: origin.origin,
      path: pathOf(origin, protocol),
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...options.headers,
      },
      body,
    },
    {
      onRequestStart(started) {
        controller = started
        measured.sentNs = nsSince(startMs)
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode
      },
      onResponseData(_controller, chunk) {
        if (status === 200) {
          chunkNs = nsSince(startMs)
          reader.push(chunk)
        } else if (refusal.length < 500) refusal += chunk.toString('utf8')
      },
      onResponseEnd() {
        if (status !== 200) {
          fail('http_status', `HTTP ${status}: ${refusal.slice(0, 200).replaceAll(/\s+/g, ' ')}`)
        } else if (state.error !== null) fail('server_error', state.error)
        else if (!state.finished) fail('incomplete_stream', 'the stream ended before the answer')
        else end()
      },
      onResponseError(_controller, error) {
        const type = status === 200 ? 'incomplete_stream' : 'connection'
        fail(type, reasonOf(error))
      },
    },
  )
}

// OpenAI servers close with an event that has usage and no choices.
function hasContent(event: unknown): boolean {
  const { choices } = event as { choices?: unknown[] }
  return choices === undefined || choices.length > 0
}
