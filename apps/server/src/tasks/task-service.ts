// The life of a task: accepted (in the store), waiting, running, ended. A task that was accepted ends,
// whatever happens: after a crash it is run again from the store.
import { randomUUID } from 'node:crypto'
import { requestKey, type TaskRequest } from '@flowsim/task-api'
import type { ServerSettings } from '../options.js'
import type { StoredTask, TaskStore } from '../store/task-store.js'
import type { Job } from '../workers/jobs.js'
import type { WorkerPool } from '../workers/pool.js'
import { Answers, type Question } from './answers.js'
import { nowMs, StoreKeeper } from './store-keeper.js'

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
interface TaskWork extends Question {
  requestJson: string
  onEnd?: () => void
}

/** Traces run for longer than kernels. */
const LEAST_TRACE_MS = 600_000

/** Accepts, runs and remembers tasks. */
export class TaskService {
  private readonly active = new Map<string, ActiveTask>()
  private readonly answers: Answers
  private readonly keeper: StoreKeeper
  private waiting = 0
  private running = 0
  private activeBytes = 0
  private accepting = true

  constructor(
    private readonly store: TaskStore,
    private readonly pool: WorkerPool,
    private readonly settings: ServerSettings,
  ) {
    this.answers = new Answers(pool, settings.maxCacheBytes)
    this.keeper = new StoreKeeper(store, settings)
  }

  /** Whether no other task can be accepted for now. */
  get isFull(): boolean {
    const { maxQueue, maxQueueBytes } = this.settings
    return this.waiting >= maxQueue || this.activeBytes >= maxQueueBytes
  }

  /** What does not work: the workers, the store. */
  get faults(): string[] {
    return [this.pool.fault, this.keeper.fault].filter((fault) => fault !== null)
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

  private deactivate(id: string, task: ActiveTask): void {
    if (this.active.delete(id)) this.activeBytes -= task.requestJson.length
  }

  private async accept(work: TaskWork, id: string = randomUUID()): Promise<string> {
    const createdMs = nowMs()
    const { kind, requestJson } = work
    const known = this.answers.get(work.key)
    if (known !== undefined) {
      const row = { id, kind, request: requestJson, createdMs, updatedMs: createdMs }
      await this.keeper.insert({ ...row, status: 'done', result: known })
      return id
    }
    const task = this.activate(id, kind, requestJson, createdMs, createdMs)
    this.waiting++
    try {
      const row = { id, kind, request: requestJson, createdMs, updatedMs: createdMs }
      await this.keeper.insert({ ...row, status: 'queued', result: null })
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
    void this.answers.compute(work, onStart).then(async (outcome) => {
      onStart()
      this.running--
      // It has not ended, and runs again from the store.
      if (outcome === null) return
      const { ok, json: resultJson } = outcome
      const end = { status: ok ? 'done' : 'failed', resultJson, updatedMs: nowMs() } as const
      Object.assign(task, end)
      task.end()
      work.onEnd?.()
      await this.keeper.finish(id, { ...end, onKept: () => this.deactivate(id, task) })
    })
  }

  /** Accepts nothing more, finishes what runs, and closes the store. What waits stays in it. */
  async close(): Promise<void> {
    this.accepting = false
    this.answers.stop()
    this.keeper.stop()
    await this.pool.close(this.settings.shutdownMs)
    await new Promise((resolve) => setImmediate(resolve))
    await this.keeper.close()
  }
}
