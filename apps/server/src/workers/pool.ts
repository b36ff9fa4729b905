// A pool of worker threads. Each has a few jobs handed over in advance, so that it never waits for the
// event loop between two short ones; its first job is the one that runs, and the one that a time-out
// or a crash takes down. The jobs behind it go to another worker.
import { Worker } from 'node:worker_threads'
import { JobError, ServerError } from '../errors.js'
import { type AnswerMessage, type Job, type JobAnswers, READY } from './jobs.js'

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
  /** Shows whether workers answer where nothing else does. */
  canary?: Canary
}

/** A short job that any worker answers. */
export interface Canary {
  job: Job
  /** It is asked for when no answer came for so long, and nothing runs. */
  everyMs: number
  /** A worker that does not answer it within this time does not work. */
  withinMs: number
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
/** A worker that could not start is started again after a pause, which doubles up to this. */
const LONGEST_PAUSE_MS = 10_000
/** Starts in a row that failed, after which a worker counts as down. */
const DOWN_AFTER = 3

/** Runs jobs on worker threads. */
export class WorkerPool {
  private readonly slots: Slot[] = []
  private readonly urgent = new Fifo<Entry>()
  private readonly normal = new Fifo<Entry>()
  private closed = false
  private answeredMs = performance.now()
  private canaryFault: string | null = null
  private readonly asking: NodeJS.Timeout | undefined

  constructor(private readonly options: PoolOptions) {
    for (let index = 0; index < options.size; index++) this.slots.push(new Slot(this, options))
    const { canary } = options
    if (canary === undefined) return
    this.asking = setInterval(() => void this.askCanary(canary), canary.everyMs)
    this.asking.unref()
  }

  /** For each worker thread, whether it runs. */
  get workers(): readonly boolean[] {
    return this.slots.map((slot) => slot.isUp)
  }

  /** Why no worker answers; null when they do. */
  get fault(): string | null {
    const faults = this.slots.map((slot) => slot.fault)
    return faults.includes(null) ? this.canaryFault : faults[0]!
  }

  private async askCanary({ job, everyMs, withinMs: timeoutMs }: Canary): Promise<void> {
    const isQuiet = performance.now() - this.answeredMs >= everyMs
    // Whether a job that runs will end is for its own time-out to say.
    const isBusy = this.waiting > 0 || this.slots.some((slot) => slot.load > 0)
    if (this.closed || !isQuiet || isBusy) return
    await this.run(job, { urgent: true, timeoutMs }).catch((error: Error) => {
      if (!this.closed) this.canaryFault = `no worker answers: ${error.message}`
    })
  }

  /** Notes that a worker has answered. */
  answered(): void {
    this.answeredMs = performance.now()
    this.canaryFault = null
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
      let least: Slot | undefined
      for (const slot of this.slots) {
        if (slot.isUp && slot.load < (least?.load ?? HANDED_OVER)) least = slot
      }
      if (least === undefined) return
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
    clearInterval(this.asking)
    const ends = performance.now() + graceMs
    for (const slot of this.slots) slot.keepOnlyRunning()
    while (this.slots.some((slot) => slot.load > 0) && performance.now() < ends) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await Promise.all(this.slots.map((slot) => slot.stop()))
  }
}

class Slot {
  private worker: Worker | null = null
  /** Whether the worker has loaded its module and takes jobs. */
  private isReady = false
  /** Starts in a row that failed, and why the last one did. */
  private failures = 0
  private lastFailure = ''
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

  /** Whether jobs can be handed over. */
  get isUp(): boolean {
    return this.worker !== null && (this.isReady || this.failures === 0)
  }

  /** Why this worker is down; null when it is not. */
  get fault(): string | null {
    return this.failures < DOWN_AFTER ? null : `no worker starts: ${this.lastFailure}`
  }

  start(entry: Entry): void {
    const id = this.next++
    try {
      this.worker!.postMessage({ id, job: entry.job })
    } catch (error) {
      const said = `the job cannot be handed to a worker: ${(error as Error).message}`
      entry.reject(new ServerError('worker_failed', said, { cause: error }))
      return
    }
    this.entries.push({ id, entry })
    entry.onStart?.()
    if (this.entries.length === 1) this.watch()
  }

  private spawn(): void {
    const resourceLimits = { maxOldGenerationSizeMb: this.options.heapMiB }
    const worker = new Worker(this.options.workerUrl, { resourceLimits })
    this.worker = worker
    worker.on('message', (message: AnswerMessage | typeof READY) => {
      if (message === READY) this.ready()
      else this.answered(message)
    })
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
      if (this.worker) this.replace(this.worker, new ServerError('timeout', said))
    }, timeoutMs)
  }

  private answered(message: AnswerMessage): void {
    const at = this.entries.findIndex(({ id }) => id === message.id)
    if (at === -1) return
    const { entry } = this.entries.splice(at, 1)[0]!
    this.pool.answered()
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
    const { entries } = this
    this.entries = []
    worker.removeAllListeners()
    // A stopped thread may still report errors.
    worker.on('error', () => undefined)
    void worker.terminate()
    this.lastFailure = error.message
    if (!this.isReady) {
      // No job has run, so that none is to blame.
      this.failures++
      this.restart()
      this.pool.putBack(entries.map(({ entry }) => entry))
      return
    }
    this.isReady = false
    this.restart()
    const [first, ...rest] = entries
    first?.entry.reject(
      error instanceof ServerError
        ? error
        : new ServerError('worker_failed', `a worker thread ended: ${error.message}`, {
            cause: error,
          }),
    )
    this.pool.putBack(rest.map(({ entry }) => entry))
  }

  private restart(): void {
    this.worker = null
    if (this.failures === 0) this.spawn()
    else {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, 50 * 2 ** this.failures)
      this.timer = setTimeout(() => this.spawn(), pauseMs)
    }
  }

  private ready(): void {
    this.isReady = true
    this.failures = 0
    this.pool.feed()
  }

  keepOnlyRunning(): void {
    this.entries.splice(1)
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.worker?.terminate()
  }
}

// First in, first out, without moving the rest at each step.
class Fifo<Item> {
  private items: (Item | undefined)[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: Item): void {
    this.items.push(item)
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined
    const item = this.items[this.head]
    // What was taken is not kept alive by the place that it had.
    this.items[this.head++] = undefined
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
