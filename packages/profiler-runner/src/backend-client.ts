// Client of the LLMCompass backend's task interface: FlowSim's own service and the original.
//
// A task of the original that timed out stays "running" for ever, and tasks are lost when it restarts:
// the first is given up after a time, the others are submitted again. Its answers: backend-answer.ts.
import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { SimulationTaskRequest } from '@flowsim/trace-schema'
import { simulationTaskSchema } from '@flowsim/trace-schema'
import { type BackendAnswer, readTask } from './backend-answer.js'
import { BackendJournal } from './backend-journal.js'
import { ProfilerRunnerError } from './errors.js'
import { baseUrl, type JsonResponse, requestJson } from './http.js'
import { nowMs, sleep, throwIfAborted } from './wait.js'

/** Settings of a {@link BackendClient}. */
export interface BackendClientOptions {
  url: string
  /** Bearer token. */
  token?: string
  /** Tasks submitted and not yet answered, at most. Default 64. */
  concurrency?: number
  /** A task that runs for longer has failed. Default 120 s. */
  taskTimeoutMs?: number
  /** Without an answer to any task for this long, the rest is given up. Default 600 s. */
  stallTimeoutMs?: number
  /** How long an unreachable backend is waited for. Default 60 s. */
  unreachableMs?: number
  /** Longest pause between two looks at a task. Default 2 s. */
  maxPollMs?: number
  /** File that keeps tasks and answers, so that a run that was cut off goes on where it stopped. */
  journal?: string
  signal?: AbortSignal | undefined
  onProgress?: (answered: number, total: number) => void
}

/** What the backend says of itself. */
export interface BackendHealth {
  status: string
  queue_length?: number
  worker_count?: number
  task_counts?: Record<string, number>
}

interface Pending {
  key: string
  request: SimulationTaskRequest
  indices: number[]
  taskId: string | null
  runningSinceMs: number | null
}

/** Submits many requests with bounded concurrency and collects the answers. */
export class BackendClient {
  private readonly url: string
  private lastAnswerMs = 0

  /** @throws {@link ProfilerRunnerError} `invalid_option` for a URL that is none */
  constructor(private readonly options: BackendClientOptions) {
    this.url = baseUrl(options.url)
  }

  /** `GET /health`. @throws {@link ProfilerRunnerError} `request_failed` */
  async health(): Promise<BackendHealth> {
    return (await this.get('/health')) as BackendHealth
  }

  /** `GET /supported_ops`. @throws {@link ProfilerRunnerError} `request_failed` */
  async supportedOps(): Promise<string[]> {
    const body = (await this.get('/supported_ops')) as { supported_ops?: unknown }
    return Array.isArray(body.supported_ops) ? body.supported_ops.map(String) : []
  }

  private async get(path: string): Promise<unknown> {
    const response = await this.send('GET', path)
    if (response.status === 200) return response.body
    throw new ProfilerRunnerError('request_failed', `${this.url}${path}: HTTP ${response.status}`)
  }

  /**
   * Answers all requests, in their order. Requests that differ only in `kernel_name` are sent once.
   * @throws {@link ProfilerRunnerError} `request_failed` when the backend stays unreachable,
   *   `aborted`; what was answered until then is in the journal
   */
  async simulateAll(requests: readonly SimulationTaskRequest[]): Promise<BackendAnswer[]> {
    const { options } = this
    const answers: (BackendAnswer | undefined)[] = new Array(requests.length)
    const journal = new BackendJournal(options.journal)
    await journal.load()
    let answered = 0
    const settle = (pending: Pick<Pending, 'indices'>, answer: BackendAnswer) => {
      for (const index of pending.indices) answers[index] = answer
      answered += pending.indices.length
      this.lastAnswerMs = nowMs()
      options.onProgress?.(answered, requests.length)
    }

    const queue: Pending[] = []
    for (const pending of distinct(requests)) {
      const known = journal.answers.get(pending.key)
      if (known === undefined) {
        queue.push({ ...pending, taskId: journal.tasks.get(pending.key) ?? null })
      } else settle(pending, known)
    }

    this.lastAnswerMs = nowMs()
    const failure = new AbortController()
    const signal = options.signal
      ? AbortSignal.any([options.signal, failure.signal])
      : failure.signal
    // Every request in flight listens to it.
    setMaxListeners(0, signal)
    const worker = async () => {
      for (let pending = queue.shift(); pending !== undefined; pending = queue.shift()) {
        const answer = await this.answer(pending, journal, signal)
        // Time-outs are not kept: the next run may have more patience.
        if (answer.status === 'ok' || !['TIMEOUT', 'STALLED'].includes(answer.code)) {
          await journal.answer(pending.key, answer)
        }
        settle(pending, answer)
      }
    }
    const workers = Array.from({ length: Math.max(1, options.concurrency ?? 64) }, () =>
      worker().catch((error: unknown) => {
        failure.abort()
        throw error
      }),
    )
    const outcomes = await Promise.allSettled(workers)
    throwIfAborted(options.signal)
    const errors = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
    const first = errors.find((error) => (error as { code?: string }).code !== 'aborted')
    if (first !== undefined) throw first
    return answers as BackendAnswer[]
  }

  private async answer(
    pending: Pending,
    journal: BackendJournal,
    signal: AbortSignal,
  ): Promise<BackendAnswer> {
    let pauseMs = 10
    for (;;) {
      throwIfAborted(signal)
      if (nowMs() - this.lastAnswerMs > (this.options.stallTimeoutMs ?? 600_000)) {
        return { status: 'failed', code: 'STALLED', message: 'the backend stopped answering tasks' }
      }
      if (pending.taskId === null) {
        const answer = await this.submit(pending, journal, signal)
        if (answer !== null) return answer
      } else {
        const answer = await this.look(pending, signal)
        if (answer !== null) return answer
      }
      await sleep(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 1.6, this.options.maxPollMs ?? 2000)
    }
  }

  private async submit(
    pending: Pending,
    journal: BackendJournal,
    signal: AbortSignal,
  ): Promise<BackendAnswer | null> {
    const response = await this.send('POST', '/tasks', pending.request, signal)
    if (response.status === 422) {
      return { status: 'failed', code: 'INVALID_REQUEST', message: detailOf(response) }
    }
    if (response.status >= 400) {
      return { status: 'failed', code: 'REFUSED', message: detailOf(response) }
    }
    const { task_id } = response.body as { task_id?: unknown }
    if (typeof task_id !== 'string') {
      throw new ProfilerRunnerError(
        'request_failed',
        `${this.url}/tasks: no task_id in the answer; is it an LLMCompass backend?`,
      )
    }
    pending.taskId = task_id
    pending.runningSinceMs = null
    await journal.task(pending.key, task_id)
    return null
  }

  private async look(pending: Pending, signal: AbortSignal): Promise<BackendAnswer | null> {
    const path = `/tasks/${encodeURIComponent(pending.taskId!)}`
    const response = await this.send('GET', path, undefined, signal)
    if (response.status === 404) {
      // The backend has restarted and forgotten it.
      pending.taskId = null
      return null
    }
    const task = simulationTaskSchema.safeParse(response.body)
    if (!task.success) {
      return { status: 'failed', code: 'BAD_ANSWER', message: `HTTP ${response.status} ${path}` }
    }
    const answer = readTask(task.data)
    if (answer !== null) return answer
    if (task.data.status === 'running') {
      pending.runningSinceMs ??= nowMs()
      const limitMs = this.options.taskTimeoutMs ?? 120_000
      if (nowMs() - pending.runningSinceMs > limitMs) {
        const message = `still running after ${limitMs / 1000} s`
        return { status: 'failed', code: 'TIMEOUT', message }
      }
    }
    return null
  }

  // Waits while the backend is full or away, and gives up after `unreachableMs`.
  private async send(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    signal: AbortSignal | undefined = this.options.signal,
  ): Promise<JsonResponse> {
    const started = nowMs()
    let pauseMs = 50
    for (;;) {
      try {
        const response = await requestJson(this.url + path, {
          method,
          ...(body === undefined ? {} : { body }),
          ...(this.options.token === undefined
            ? {}
            : { headers: { authorization: `Bearer ${this.options.token}` } }),
          signal,
        })
        if (response.status === 429) {
          // A full queue is no fault: it empties.
          await sleep(retryAfterMs(response) ?? pauseMs, signal)
          pauseMs = Math.min(pauseMs * 2, 2000)
          continue
        }
        if (response.status === 401 || response.status === 403) {
          throw new ProfilerRunnerError(
            'server_refused',
            `${this.url}: HTTP ${response.status}; give the right --token`,
          )
        }
        if (response.status < 502) return response
        throw new ProfilerRunnerError('request_failed', `${this.url}: HTTP ${response.status}`)
      } catch (error) {
        const { code } = error as ProfilerRunnerError
        const passes = code === 'request_failed' || code === 'timeout'
        if (!passes || nowMs() - started > (this.options.unreachableMs ?? 60_000)) throw error
        await sleep(pauseMs, signal)
        pauseMs = Math.min(pauseMs * 2, 2000)
      }
    }
  }
}

function distinct(requests: readonly SimulationTaskRequest[]): Pending[] {
  const byKey = new Map<string, Pending>()
  for (const [index, request] of requests.entries()) {
    const key = keyOf(request)
    const known = byKey.get(key)
    if (known) known.indices.push(index)
    else byKey.set(key, { key, request, indices: [index], taskId: null, runningSinceMs: null })
  }
  return [...byKey.values()]
}

function keyOf({ kernel_name, op, ...rest }: SimulationTaskRequest): string {
  // Without an operation the kernel's name selects one.
  const selector = op || kernel_name
  const { input_dim, dtype, system_key, model, mode, l2 } = rest
  return createHash('sha256')
    .update(JSON.stringify([selector, input_dim, dtype, system_key, model, mode, l2]))
    .digest('base64url')
}

function detailOf(response: JsonResponse): string {
  const { detail } = (response.body ?? {}) as { detail?: unknown }
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail ?? response.text)
  return `HTTP ${response.status}: ${text.slice(0, 300)}`
}

function retryAfterMs(response: JsonResponse): number | undefined {
  const seconds = Number(response.headers['retry-after'])
  return seconds > 0 ? Math.min(seconds, 60) * 1000 : undefined
}
