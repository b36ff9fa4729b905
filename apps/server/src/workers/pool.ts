// A pool of worker threads. Each has a few jobs handed over in advance, so that it never waits for the
// event loop between two short ones; its first job is the one that runs, and the one that a time-out
// or a crash takes down. The jobs behind it go to another worker.
import { Worker } from 'node:worker_threads'
import { JobError, ServerError } from '../errors.js'
import type { AnswerMessage, Job, JobAnswers } from './jobs.js'

/** Settings of a {@link WorkerPool}. */
export interface PoolOptions {
  /** Worker threads. */
  size: number
  /** The module that they run. */
  workerUrl: URL
  /** A job that runs for longer is stopped. */
  timeoutMs: number
  /** A job that needs more memory is stopped. */
  heapMiB: number
}

/** How one job is run. */
export interface RunOptions {
  /** Before the jobs that nobody waits for. */
  urgent?: boolean
  timeoutMs?: number
  /** Called when a worker gets the job. */
  onStart?: () => void
}

interface Entry {
  job: Job
  timeoutMs: number
  onStart: (() => void) | undefined
  resolve: (answer: never) => void
  reject: (error: unknown) => void
}

const HANDED_OVER = 4

/** Runs jobs on worker threads. */
export class WorkerPool {
  private readonly slots: Slot[] = []
  private readonly urgent = new Fifo<Entry>()
  private readonly normal = new Fifo<Entry>()
  private closed = false

  constructor(private readonly options: PoolOptions) {
    for (let index = 0; index < options.size; index++) this.slots.push(new Slot(this, options))
  }

  /** Jobs that no worker has yet. */
  get waiting(): number {
    return this.urgent.length + this.normal.length
  }

  /**
   * Runs a job.
   * @throws {@link ServerError} `timeout`, `worker_failed`, or what the job throws
   */
  run<Kind extends Job['kind']>(
    job: Extract<Job, { kind: Kind }>,
    { urgent = false, timeoutMs = this.options.timeoutMs, onStart }: RunOptions = {},
  ): Promise<JobAnswers[Kind]> {
    return new Promise((resolve, reject) => {
      const entry: Entry = { job, timeoutMs, onStart, resolve, reject }
      const queue = urgent ? this.urgent : this.normal
      queue.push(entry)
      this.feed()
    })
  }

  /** Hands waiting jobs to the workers that have the fewest. */
  feed(): void {
    while (!this.closed && this.waiting > 0) {
      let least = this.slots[0]!
      for (const slot of this.slots) if (slot.load < least.load) least = slot
      if (least.load >= HANDED_OVER) return
      least.start((this.urgent.shift() ?? this.normal.shift())!)
    }
  }

  /** Puts jobs back that a worker could not get to. */
  putBack(entries: Entry[]): void {
    this.normal.unshift(entries)
    this.feed()
  }

  /** Waits for what runs, no longer than `graceMs`, and stops the workers. */
  async close(graceMs: number): Promise<void> {
    this.closed = true
    const ends = performance.now() + graceMs
    for (const slot of this.slots) slot.keepOnlyRunning()
    while (this.slots.some((slot) => slot.load > 0) && performance.now() < ends) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await Promise.all(this.slots.map((slot) => slot.stop()))
  }
}

class Slot {
  private worker!: Worker
  private entries: { id: number; entry: Entry }[] = []
  private next = 0
  private timer: NodeJS.Timeout | undefined
  private stopped = false

  constructor(
    private readonly pool: WorkerPool,
    private readonly options: PoolOptions,
  ) {
    this.spawn()
  }

  get load(): number {
    return this.entries.length
  }

  start(entry: Entry): void {
    const id = this.next++
    this.entries.push({ id, entry })
    entry.onStart?.()
    this.worker.postMessage({ id, job: entry.job })
    if (this.entries.length === 1) this.watch()
  }

  private spawn(): void {
    const resourceLimits = { maxOldGenerationSizeMb: this.options.heapMiB }
    const worker = new Worker(this.options.workerUrl, { resourceLimits })
    this.worker = worker
    worker.on('message', (message: AnswerMessage) => this.answered(message))
    worker.on('error', (error) => this.replace(worker, error))
    worker.on('exit', (code) => this.replace(worker, new Error(`exit code ${code}`)))
  }

  private watch(): void {
    clearTimeout(this.timer)
    const first = this.entries[0]
    if (first === undefined) return
    const { timeoutMs } = first.entry
    this.timer = setTimeout(() => {
      const said = `did not finish within ${timeoutMs / 1000} s`
      this.replace(this.worker, new ServerError('timeout', said))
    }, timeoutMs)
  }

  private answered(message: AnswerMessage): void {
    const at = this.entries.findIndex(({ id }) => id === message.id)
    if (at === -1) return
    const { entry } = this.entries.splice(at, 1)[0]!
    if ('answer' in message) entry.resolve(message.answer as never)
    else {
      const { message: said, code: jobCode } = message.error
      entry.reject(new JobError(said, jobCode))
    }
    this.watch()
    this.pool.feed()
  }

  private replace(worker: Worker, error: Error): void {
    if (worker !== this.worker || this.stopped) return
    clearTimeout(this.timer)
    const [first, ...rest] = this.entries
    this.entries = []
    worker.removeAllListeners()
    // A stopped thread may still report errors.
    worker.on('error', () => undefined)
    void worker.terminate()
    this.spawn()
    first?.entry.reject(
      error instanceof ServerError
        ? error
        : new ServerError('worker_failed', `a worker thread ended: ${error.message}`, {
            cause: error,
          }),
    )
    this.pool.putBack(rest.map(({ entry }) => entry))
  }

  keepOnlyRunning(): void {
    this.entries.splice(1)
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.worker.terminate()
  }
}

// First in, first out, without moving the rest at each step.
class Fifo<Item> {
  private items: Item[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: Item): void {
    this.items.push(item)
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined
    const item = this.items[this.head++]
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }

  unshift(items: Item[]): void {
    this.items = [...items, ...this.items.slice(this.head)]
    this.head = 0
  }
}
