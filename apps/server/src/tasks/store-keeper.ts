// The store of tasks as the service leans on it: an end that it cannot take now is kept in memory until it can, what is
// old is evicted in short steps, and a store that fails, or works again, is told of in one line.
import type { ServerSettings } from '../options.js'
import type { StoredTask, TaskStore } from '../store/task-store.js'

/** How a task ended. */
export interface TaskEnd {
  status: 'done' | 'failed'
  resultJson: string
  updatedMs: number
  /** Called once it is in the store. */
  onKept: () => void
}

const EVICT_EVERY_MS = 5000
const EVICT_EVERY_BYTES = 16 << 20
const KEEP_AGAIN_MS = 1000
/** A store works again when no write has failed for so long: where space is short, small ones still succeed. */
const WORKS_AFTER_MS = 5000

/** Writes tasks and their ends to a store that can fail for a while. */
export class StoreKeeper {
  /** Ends that the store could not take. */
  private readonly unkept = new Map<string, TaskEnd>()
  private bytesSinceEviction = 0
  private isOpen = true
  private failure: string | null = null
  private failedMs = 0
  private readonly evicting: NodeJS.Timeout
  private readonly keepingAgain: NodeJS.Timeout

  constructor(
    private readonly store: TaskStore,
    private readonly settings: ServerSettings,
  ) {
    this.evicting = setInterval(() => this.evict(), EVICT_EVERY_MS)
    this.evicting.unref()
    this.keepingAgain = setInterval(() => void this.keepAgain(), KEEP_AGAIN_MS)
    this.keepingAgain.unref()
  }

  /** Why the store does not work; null while it does. */
  get fault(): string | null {
    return this.failure
  }

  /** Writes a task. @throws what the store says */
  async insert(task: StoredTask): Promise<void> {
    this.bytesSinceEviction += task.request.length
    if (this.bytesSinceEviction > EVICT_EVERY_BYTES) this.evict()
    try {
      await this.store.insert(task)
    } catch (error) {
      this.failed(error as Error)
      throw error
    }
  }

  /** Writes the end of a task. @returns false when the store cannot take it now; it is tried again */
  async finish(id: string, end: TaskEnd): Promise<boolean> {
    try {
      await this.store.finish(id, end.status, end.resultJson, end.updatedMs)
    } catch (error) {
      this.unkept.set(id, end)
      this.failed(error as Error)
      return false
    }
    this.unkept.delete(id)
    end.onKept()
    return true
  }

  /** Neither evicts nor tries again by itself any more. */
  stop(): void {
    this.isOpen = false
    clearInterval(this.evicting)
    clearInterval(this.keepingAgain)
  }

  /** Tries once more to write what the store could not take, and closes it. */
  async close(): Promise<void> {
    for (const [id, end] of this.unkept) if (!(await this.finish(id, end))) break
    await this.store.close()
  }

  // In short steps, with requests between them.
  private evict(): void {
    if (!this.isOpen) return
    this.bytesSinceEviction = 0
    const { keepTasksMs, keepTasks: keep, keepBytes } = this.settings
    try {
      const limits = { endedBeforeMs: nowMs() - keepTasksMs, keep, keepBytes }
      if (this.store.evict(limits)) setImmediate(() => this.evict())
    } catch (error) {
      this.failed(error as Error)
    }
  }

  private failed(error: Error): void {
    if (this.failure === null) this.settings.onLog(`the store fails: ${error.message}`)
    this.failure = error.message
    this.failedMs = performance.now()
  }

  private async keepAgain(): Promise<void> {
    for (const [id, end] of this.unkept) {
      if (this.isOpen && !(await this.finish(id, end))) return
    }
    if (this.failure === null || performance.now() - this.failedMs < WORKS_AFTER_MS) return
    this.failure = null
    this.settings.onLog('the store works again')
  }
}

/** Unix time in milliseconds, with microseconds as a fraction. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
