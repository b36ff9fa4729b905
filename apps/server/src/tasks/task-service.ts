// The life of a task: accepted (in the store), waiting, running, ended. A task that was accepted ends,
// whatever happens: after a crash it is run again from the store.
import { randomUUID } from 'node:crypto'
import { requestKey, type TaskRequest } from '@flowsim/task-api'
import { JobError, ServerError } from '../errors.js'
import type { ServerSettings } from '../options.js'
import type { StoredTask, TaskStore } from '../store/task-store.js'
import type { Job } from '../workers/jobs.js'
import type { WorkerPool } from '../workers/pool.js'
import { AnswerCache } from './answer-cache.js'

/** A task that has not ended, or whose end is not in the store yet. */
interface ActiveTask {
  status: 'queued' | 'running' | 'done' | 'failed'
  kind: StoredTask['kind']
  requestJson: string
  resultJson: string | null
  createdMs: number
  updatedMs: number
  ended: Promise<void>
  end: () => void
}

/** A task as clients see it. */
export interface TaskView {
  id: string
  kind: StoredTask['kind']
  status: 'queued' | 'running' | 'done' | 'failed'
  requestJson: string
  resultJson: string | null
  createdMs: number
  updatedMs: number
}

/** Work that a task stands for. */
interface TaskWork {
  kind: StoredTask['kind']
  requestJson: string
  job: Job
  /** Requests with the same key have the same answer. */
  key: string | null
  timeoutMs: number
  urgent: boolean
  onEnd?: () => void
}

const EVICT_EVERY_MS = 5000
const EVICT_EVERY_BYTES = 16 << 20
const KEEP_AGAIN_MS = 1000
/** A store works again when no write has failed for so long: where space is short, small ones still succeed. */
const WORKS_AFTER_MS = 5000
/** Traces run for longer than kernels. */
const LEAST_TRACE_MS = 600_000

/** Accepts, runs and remembers tasks. */
export class TaskService {
  private readonly active = new Map<string, ActiveTask>()
  private readonly answers: AnswerCache
  /** Answers that are being computed, by key. */
  private readonly computing = new Map<string, Promise<{ ok: boolean; json: string }>>()
  /** Tasks that have ended, whose end the store could not take. */
  private readonly unkept = new Set<string>()
  private waiting = 0
  private running = 0
  private activeBytes = 0
  private bytesSinceEviction = 0
  private accepting = true
  private storeFailure: string | null = null
  private storeFailedMs = 0
  private readonly evicting: NodeJS.Timeout
  private readonly keepingAgain: NodeJS.Timeout

  constructor(
    private readonly store: TaskStore,
    private readonly pool: WorkerPool,
    private readonly settings: ServerSettings,
  ) {
    this.answers = new AnswerCache(settings.maxCacheBytes)
    this.evicting = setInterval(() => this.evict(), EVICT_EVERY_MS)
    this.evicting.unref()
    this.keepingAgain = setInterval(() => void this.keepAgain(), KEEP_AGAIN_MS)
    this.keepingAgain.unref()
  }

  /** Whether no other task can be accepted for now. */
  get isFull(): boolean {
    const { maxQueue, maxQueueBytes } = this.settings
    return this.waiting >= maxQueue || this.activeBytes >= maxQueueBytes
  }

  /** What does not work: the workers, the store. */
  get faults(): string[] {
    return [this.pool.fault, this.storeFailure].filter((fault) => fault !== null)
  }

  /** Whether no task would be answered. */
  get isDown(): boolean {
    return this.pool.fault !== null
  }

  /** For each worker thread, whether it runs. */
  get workers(): readonly boolean[] {
    return this.pool.workers
  }

  /** Whether the service is ending. */
  get isClosing(): boolean {
    return !this.accepting
  }

  /** Accepts a task; resolves once it is in the store. @returns its id */
  submit(request: TaskRequest, urgent = false): Promise<string> {
    return this.accept({
      kind: 'task',
      requestJson: JSON.stringify(request),
      job: { kind: 'task', request },
      key: requestKey(request),
      timeoutMs: this.settings.taskTimeoutMs,
      urgent,
    })
  }

  /** Accepts a trace that lies in a file; `onEnd` is called when the file is no longer needed. */
  submitTrace(
    id: string,
    request: Omit<Extract<Job, { kind: 'trace' }>, 'kind'>,
    onEnd: () => void,
  ): Promise<string> {
    return this.accept(
      {
        kind: 'trace',
        requestJson: JSON.stringify(request),
        job: { kind: 'trace', ...request },
        key: null,
        timeoutMs: this.timeoutOf('trace'),
        urgent: false,
        onEnd,
      },
      id,
    )
  }

  /** Runs again what had been accepted when the last process ended. */
  resume(onTraceEnd: (id: string) => void): number {
    const left = this.store.unfinished()
    for (const { id, kind, request, createdMs, updatedMs } of left) {
      const value = JSON.parse(request) as TaskRequest & Extract<Job, { kind: 'trace' }>
      const task = this.activate(id, kind, request, createdMs, updatedMs)
      const job: Job = kind === 'task' ? { kind, request: value } : { ...value, kind: 'trace' }
      this.start(id, task, {
        kind,
        requestJson: request,
        job,
        key: kind === 'task' ? requestKey(value) : null,
        timeoutMs: this.timeoutOf(kind),
        urgent: false,
        ...(kind === 'trace' ? { onEnd: () => onTraceEnd(id) } : {}),
      })
    }
    return left.length
  }

  private timeoutOf(kind: StoredTask['kind']): number {
    const { taskTimeoutMs } = this.settings
    return kind === 'task' ? taskTimeoutMs : Math.max(LEAST_TRACE_MS, taskTimeoutMs)
  }

  /** The task of an id. */
  view(id: string): TaskView | undefined {
    const task = this.active.get(id)
    if (task !== undefined) {
      const { kind, status, requestJson, resultJson, createdMs, updatedMs } = task
      return { id, kind, status, requestJson, resultJson, createdMs, updatedMs }
    }
    const stored = this.store.get(id)
    if (stored === undefined) return undefined
    const { kind, status, request, result, createdMs, updatedMs } = stored
    return { id, kind, status, requestJson: request, resultJson: result, createdMs, updatedMs }
  }

  /** Waits until a task has ended. @returns false when it has not within the time */
  async wait(id: string, timeoutMs: number): Promise<boolean> {
    const task = this.active.get(id)
    if (task === undefined || task.status === 'done' || task.status === 'failed') return true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const inTime = await Promise.race([task.ended.then(() => true as const), late])
    clearTimeout(timer)
    return inTime
  }

  /** Numbers for /health. */
  counts(): { queued: number; running: number; done: number; failed: number } {
    return { queued: this.waiting, running: this.running, ...this.store.counts() }
  }

  // In short steps, with requests between them.
  private evict(): void {
    if (!this.accepting) return
    this.bytesSinceEviction = 0
    const { keepTasksMs, keepTasks: keep, keepBytes } = this.settings
    try {
      const limits = { endedBeforeMs: nowMs() - keepTasksMs, keep, keepBytes }
      if (this.store.evict(limits)) setImmediate(() => this.evict())
    } catch (error) {
      this.storeFailed(error as Error)
    }
  }

  // One line when the store fails, one when it works again.
  private storeFailed(error: Error): void {
    if (this.storeFailure === null) this.settings.onLog(`the store fails: ${error.message}`)
    this.storeFailure = error.message
    this.storeFailedMs = performance.now()
  }

  private async keepAgain(): Promise<void> {
    for (const id of this.unkept) {
      if (this.accepting && !(await this.keep(id, this.active.get(id)!))) return
    }
    if (this.storeFailure === null || performance.now() - this.storeFailedMs < WORKS_AFTER_MS)
      return
    this.storeFailure = null
    this.settings.onLog('the store works again')
  }

  /** Writes the end of a task. @returns false when the store cannot take it now; it is tried again */
  private async keep(id: string, task: ActiveTask): Promise<boolean> {
    const { status, resultJson, updatedMs } = task
    try {
      await this.store.finish(id, status as 'done' | 'failed', resultJson!, updatedMs)
    } catch (error) {
      this.unkept.add(id)
      this.storeFailed(error as Error)
      return false
    }
    this.unkept.delete(id)
    this.deactivate(id, task)
    return true
  }

  private deactivate(id: string, task: ActiveTask): void {
    if (this.active.delete(id)) this.activeBytes -= task.requestJson.length
  }

  private async insert(task: StoredTask): Promise<void> {
    this.bytesSinceEviction += task.request.length
    if (this.bytesSinceEviction > EVICT_EVERY_BYTES) this.evict()
    try {
      await this.store.insert(task)
    } catch (error) {
      this.storeFailed(error as Error)
      throw error
    }
  }

  private async accept(work: TaskWork, id: string = randomUUID()): Promise<string> {
    const createdMs = nowMs()
    const { kind, requestJson } = work
    const known = work.key === null ? undefined : this.answers.get(work.key)
    if (known !== undefined) {
      const row = { id, kind, request: requestJson, createdMs, updatedMs: createdMs }
      await this.insert({ ...row, status: 'done', result: known })
      return id
    }
    const task = this.activate(id, kind, requestJson, createdMs, createdMs)
    this.waiting++
    try {
      const row = { id, kind, request: requestJson, createdMs, updatedMs: createdMs }
      await this.insert({ ...row, status: 'queued', result: null })
    } catch (error) {
      this.deactivate(id, task)
      throw error
    } finally {
      this.waiting--
    }
    this.start(id, task, work)
    return id
  }

  private activate(
    id: string,
    kind: StoredTask['kind'],
    requestJson: string,
    createdMs: number,
    updatedMs: number,
  ): ActiveTask {
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const task: ActiveTask = {
      status: 'queued',
      kind,
      requestJson,
      resultJson: null,
      createdMs,
      updatedMs,
      ended,
      end,
    }
    this.active.set(id, task)
    this.activeBytes += requestJson.length
    return task
  }

  private start(id: string, task: ActiveTask, work: TaskWork): void {
    this.waiting++
    const onStart = () => {
      if (task.status !== 'queued') return
      task.status = 'running'
      this.waiting--
      this.running++
    }
    void this.compute(work, onStart).then(async ({ ok, json }) => {
      onStart()
      this.running--
      if (!this.accepting && !ok && json === CLOSED) return
      task.status = ok ? 'done' : 'failed'
      task.resultJson = json
      task.updatedMs = nowMs()
      task.end()
      work.onEnd?.()
      await this.keep(id, task)
    })
  }

  private compute(work: TaskWork, onStart: () => void): Promise<{ ok: boolean; json: string }> {
    const { key } = work
    const known = key === null ? undefined : this.answers.get(key)
    if (known !== undefined) return Promise.resolve({ ok: true, json: known })
    const same = key === null ? undefined : this.computing.get(key)
    if (same !== undefined) return same
    const { urgent, timeoutMs } = work
    const computed = this.pool.run(work.job, { urgent, timeoutMs, onStart }).then(
      (answer) => {
        const json = JSON.stringify(answer)
        if (key !== null) this.answers.set(key, json)
        return { ok: true, json }
      },
      (error: Error) => ({
        ok: false,
        json: this.accepting ? crashJson(error, work.kind) : CLOSED,
      }),
    )
    if (key !== null) {
      this.computing.set(key, computed)
      void computed.finally(() => this.computing.delete(key))
    }
    return computed
  }

  /** Accepts nothing more, finishes what runs, and closes the store. What waits stays in it. */
  async close(): Promise<void> {
    this.accepting = false
    clearInterval(this.evicting)
    clearInterval(this.keepingAgain)
    await this.pool.close(this.settings.shutdownMs)
    await new Promise((resolve) => setImmediate(resolve))
    for (const id of this.unkept) if (!(await this.keep(id, this.active.get(id)!))) break
    await this.store.close()
  }
}

// What the original says of an exception is its text; of a trace, the reason is told too.
function crashJson(error: Error, kind: StoredTask['kind']): string {
  if (kind === 'task') return JSON.stringify({ error: error.message })
  let code = error instanceof ServerError ? error.code : 'internal'
  if (error instanceof JobError) code = error.reason
  return JSON.stringify({ error: error.message, code })
}

/** Unix time in milliseconds, with microseconds as a fraction. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

// A task that was cut off by the end of the service has not ended: it runs again from the store.
const CLOSED = ''
