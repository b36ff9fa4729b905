// One request of a load: sent, its events read as they arrive, each chunk stamped by one clock reading.
import type { Dispatcher } from 'undici'
import { reasonOf } from '../http.js'
import type { LoadErrorType, RequestMeasurement } from './generator.js'
import type { LoadProtocol, StreamState } from './protocols.js'
import type { LoadRequest } from './requests.js'
import { SseReader } from './sse.js'

/** What all requests of a run share. */
export interface RunContext {
  dispatcher: Dispatcher
  origin: string
  path: string
  headers: Readonly<Record<string, string>>
  protocol: LoadProtocol
  timeoutMs: number
  /** performance.now() at the start of the run; times are nanoseconds after it. */
  startMs: number
}

/** A request on its way. */
export class StreamedRequest implements Dispatcher.DispatchHandler {
  private readonly state: StreamState
  private readonly measured: RequestMeasurement
  private readonly reader = new SseReader((data) => this.readEvent(data))
  private readonly timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | undefined
  private status = 0
  private refusal = ''
  private ended = false
  private chunkNs = 0
  /** Tokens before the event that is read. */
  private before = 0

  /** Sends it; `onEnd` gets what became of it, once. */
  constructor(
    request: LoadRequest,
    body: Buffer,
    private readonly run: RunContext,
    private readonly onEnd: (measured: RequestMeasurement) => void,
  ) {
    this.state = {
      outputTokens: 0,
      inputTokens: request.inputTokens,
      cachedTokens: null,
      finished: false,
      error: null,
    }
    this.measured = {
      id: request.id,
      arrivalNs: 0,
      sentNs: this.now(),
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
    const { origin, path, headers, timeoutMs } = run
    this.timer = setTimeout(() => {
      this.fail('timeout', `no complete answer within ${timeoutMs / 1000} s`)
      this.controller?.abort(new Error('timeout'))
    }, timeoutMs)
    run.dispatcher.dispatch({ origin, path, method: 'POST', headers, body }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.measured.sentNs = this.now()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.status === 200) {
      this.chunkNs = this.now()
      this.reader.push(chunk)
    } else if (this.refusal.length < 500) this.refusal += chunk.toString('utf8')
  }

  onResponseEnd(): void {
    const { status, refusal, state } = this
    if (status !== 200) {
      this.fail('http_status', `HTTP ${status}: ${refusal.slice(0, 200).replaceAll(/\s+/g, ' ')}`)
    } else if (state.error !== null) this.fail('server_error', state.error)
    else if (!state.finished) this.fail('incomplete_stream', 'the stream ended before the answer')
    else this.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.status === 200 ? 'incomplete_stream' : 'connection', reasonOf(error))
  }

  private readEvent(data: string): void {
    const { state, measured } = this
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
    this.run.protocol.read(event, state)
    // A last event that only counts brings no new token, whatever its total says.
    if (state.outputTokens > this.before && hasContent(event)) {
      measured.firstTokenNs ??= this.chunkNs
      measured.chunkNs.push(this.chunkNs)
      measured.chunkTokens.push(state.outputTokens)
      this.before = state.outputTokens
    }
  }

  private fail(type: LoadErrorType, message: string): void {
    this.measured.error ??= { type, message }
    this.end()
  }

  private end(): void {
    if (this.ended) return
    this.ended = true
    clearTimeout(this.timer)
    const { measured, state } = this
    measured.finishedNs = this.now()
    measured.outputTokens = state.outputTokens
    measured.inputTokens = state.inputTokens
    measured.cachedTokens = state.cachedTokens
    this.onEnd(measured)
  }

  private now(): number {
    return nsSince(this.run.startMs)
  }
}

/** Whole nanoseconds since a reading of performance.now(). */
export function nsSince(startMs: number): number {
  return Math.round((performance.now() - startMs) * 1e6)
}

// OpenAI servers close with an event that has usage and no choices.
function hasContent(event: unknown): boolean {
  const { choices } = event as { choices?: unknown[] }
  return choices === undefined || choices.length > 0
}
