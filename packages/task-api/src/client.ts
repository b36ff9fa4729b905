// Client of the task interface: of FlowSim's own service and of the original.
//
// A task of the original that timed out stays "running" for ever, and tasks are lost when it restarts:
// the first is given up after a time, the others are submitted again. Its answers: read-answer.ts.
import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { TaskApiError } from './errors.js'
import { baseUrl, type JsonAnswer, requestJson } from './http.js'
import { TaskJournal } from './journal.js'
import { answerOf, readTask, type TaskAnswer } from './read-answer.js'
import { requestKey, type TaskRequestInput } from './request.js'
import { supportedOpsSchema, type TaskHealth, taskHealthSchema } from './task.js'

/** Settings of a {@link TaskClient}. */
export interface TaskClientOptions {
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

interface Pending {
  key: string
  request: TaskRequestInput
  indices: number[]
  taskId: string | null
  runningSinceMs: number | null
}

/** An operation that only FlowSim's own service lists: who has it takes every operation. */
const BEYOND_THE_ORIGINAL = 'attention'

/** Submits many requests with bounded concurrency and collects the answers. */
export class TaskClient {
  private readonly url: string
  private lastAnswerMs = 0

  /** @throws {@link TaskApiError} `invalid_option` for what is not an HTTP URL */
  constructor(private readonly options: TaskClientOptions) {
    this.url = baseUrl(options.url)
  }

  /** `GET /health`. @throws {@link TaskApiError} `request_failed` */
  health(): Promise<TaskHealth> {
    return this.get('/health', taskHealthSchema)
  }

  /** `GET /supported_ops`. @throws {@link TaskApiError} `request_failed` */
  async supportedOps(): Promise<string[]> {
    return (await this.get('/supported_ops', supportedOpsSchema)).supported_ops
  }

  /** Whether it is FlowSim's service, which takes every operation with all its dimensions. */
  async takesEveryOperation(): Promise<boolean> {
    return (await this.supportedOps()).includes(BEYOND_THE_ORIGINAL)
  }

  private async get<Body>(path: string, schema: z.ZodType<Body>): Promise<Body> {
    const url = this.url + path
    const response = await this.send('GET', path)
    if (response.status !== 200) {
      throw new TaskApiError('request_failed', `${url}: HTTP ${response.status}`, { source: url })
    }
    const body = schema.safeParse(response.body)
    if (body.success) return body.data
    const said = z.prettifyError(body.error).split('\n')[0]!
    throw new TaskApiError('request_failed', `${url}: ${said}; is it an LLMCompass backend?`, {
      source: url,
      cause: body.error,
    })
  }

  /**
   * Answers all requests, in their order. Requests that differ only in `kernel_name` are sent once.
   * @throws {@link TaskApiError} `request_failed` when the backend stays unreachable,
   *   `aborted`; what was answered until then is in the journal
   */
  async simulateAll(requests: readonly TaskRequestInput[]): Promise<TaskAnswer[]> {
    const { options } = this
    const answers: (TaskAnswer | undefined)[] = new Array(requests.length)
    const journal = new TaskJournal(options.journal)
    if (options.journal !== undefined) await journal.load(await this.service())
    let answered = 0
    const settle = (pending: Pick<Pending, 'indices'>, answer: TaskAnswer) => {
      for (const index of pending.indices) answers[index] = answer
      answered += pending.indices.length
      this.lastAnswerMs = performance.now()
      options.onProgress?.(answered, requests.length)
    }

    const queue: Pending[] = []
    for (const pending of distinct(requests)) {
      const known = journal.answers.get(pending.key)
      if (known === undefined) {
        queue.push({ ...pending, taskId: journal.tasks.get(pending.key) ?? null })
      } else settle(pending, known)
    }

    this.lastAnswerMs = performance.now()
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
    this.throwIfAborted(options.signal)
    const errors = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
    const first = errors.find((error) => (error as { code?: string }).code !== 'aborted')
    if (first !== undefined) throw first
    return answers as TaskAnswer[]
  }

  // Address and version: answers of another one are another's. The original tells no version.
  private async service(): Promise<string> {
    const { body } = await this.send('GET', '/openapi.json')
    const { info } = (body ?? {}) as { info?: { title?: unknown; version?: unknown } }
    return `${this.url} ${String(info?.title)} ${String(info?.version)}`
  }

  private async answer(
    pending: Pending,
    journal: TaskJournal,
    signal: AbortSignal,
  ): Promise<TaskAnswer> {
    let pauseMs = 10
    for (;;) {
      this.throwIfAborted(signal)
      if (performance.now() - this.lastAnswerMs > (this.options.stallTimeoutMs ?? 600_000)) {
        return { status: 'failed', code: 'STALLED', message: 'the backend stopped answering tasks' }
      }
      if (pending.taskId === null) {
        const answer = await this.submit(pending, journal, signal)
        if (answer !== null) return answer
      } else {
        const answer = await this.look(pending, signal)
        if (answer !== null) return answer
      }
      await this.sleep(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 1.6, this.options.maxPollMs ?? 2000)
    }
  }

  private async submit(
    pending: Pending,
    journal: TaskJournal,
    signal: AbortSignal,
  ): Promise<TaskAnswer | null> {
    const response = await this.send('POST', '/tasks', pending.request, signal)
    if (response.status >= 400) {
      const code = response.status === 422 ? 'INVALID_REQUEST' : 'REFUSED'
      return { status: 'failed', code, message: detailOf(response) }
    }
    const task = readTask(response.body)
    if (task === undefined) {
      const url = `${this.url}/tasks`
      const message = `${url}: no task_id in the answer; is it an LLMCompass backend?`
      throw new TaskApiError('request_failed', message, { source: url })
    }
    pending.taskId = task.task_id
    pending.runningSinceMs = null
    await journal.task(pending.key, task.task_id)
    return null
  }

  private async look(pending: Pending, signal: AbortSignal): Promise<TaskAnswer | null> {
    const path = `/tasks/${encodeURIComponent(pending.taskId!)}`
    const response = await this.send('GET', path, undefined, signal)
    if (response.status === 404) {
      // The backend has restarted and forgotten it.
      pending.taskId = null
      return null
    }
    const task = readTask(response.body)
    if (task === undefined) {
      return { status: 'failed', code: 'BAD_ANSWER', message: `HTTP ${response.status} ${path}` }
    }
    const answer = answerOf(task)
    if (answer !== null) return answer
    if (task.status === 'running') {
      pending.runningSinceMs ??= performance.now()
      const limitMs = this.options.taskTimeoutMs ?? 120_000
      if (performance.now() - pending.runningSinceMs > limitMs) {
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
  ): Promise<JsonAnswer> {
    const started = performance.now()
    const { token } = this.options
    let pauseMs = 50
    for (;;) {
      try {
        const response = await requestJson(this.url + path, { method, body, token, signal })
        const { status } = response
        if (status === 429 || status === 507) {
          // A full queue is not a fault: it empties.
          await this.sleep(retryAfterMs(response) ?? pauseMs, signal)
          pauseMs = Math.min(pauseMs * 2, 2000)
          continue
        }
        if (status === 401 || status === 403) {
          const message = `${this.url}: HTTP ${status}; give the right token`
          throw new TaskApiError('server_refused', message, { source: this.url })
        }
        if (status < 502) return response
        throw new TaskApiError('request_failed', `${this.url}: HTTP ${status}`, {
          source: this.url,
        })
      } catch (error) {
        const { code } = error as TaskApiError
        const passes = code === 'request_failed' || code === 'timeout'
        const awayMs = performance.now() - started
        if (!passes || awayMs > (this.options.unreachableMs ?? 60_000)) throw error
        await this.sleep(pauseMs, signal)
        pauseMs = Math.min(pauseMs * 2, 2000)
      }
    }
  }

  private async sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      throw new TaskApiError('aborted', 'interrupted', { source: this.url, cause: error })
    }
  }

  private throwIfAborted(signal: AbortSignal | undefined): void {
    if (!signal?.aborted) return
    throw new TaskApiError('aborted', 'interrupted', { source: this.url, cause: signal.reason })
  }
}

function distinct(requests: readonly TaskRequestInput[]): Pending[] {
  const byKey = new Map<string, Pending>()
  for (const [index, request] of requests.entries()) {
    const key = createHash('sha256').update(requestKey(request)).digest('base64url')
    const known = byKey.get(key)
    if (known) known.indices.push(index)
    else byKey.set(key, { key, request, indices: [index], taskId: null, runningSinceMs: null })
  }
  return [...byKey.values()]
}

function detailOf(response: JsonAnswer): string {
  const { detail } = (response.body ?? {}) as { detail?: unknown }
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail ?? response.text)
  return `HTTP ${response.status}: ${text.slice(0, 300)}`
}

function retryAfterMs(response: JsonAnswer): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? 0)
  return seconds > 0 ? Math.min(seconds, 60) * 1000 : undefined
}
