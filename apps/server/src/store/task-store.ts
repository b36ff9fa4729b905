// What the service keeps of its tasks. Two implementations: SQLite in a file, and memory.

/** A task as it is kept. */
export interface StoredTask {
  id: string
  kind: 'task' | 'trace'
  status: 'queued' | 'done' | 'failed'
  /** JSON text. */
  request: string
  /** JSON text; null until the task has ended. */
  result: string | null
  createdMs: number
  updatedMs: number
}

/** Tasks by final state. */
export interface TaskCounts {
  done: number
  failed: number
}

/** What is kept of the tasks that have ended. */
export interface KeepLimits {
  /** Those that ended before this Unix time go. */
  endedBeforeMs: number
  /** The oldest beyond this number go. */
  keep: number
  /** The oldest beyond this size go. */
  keepBytes: number
}

/** A place where tasks are kept. */
export interface TaskStore {
  /** Whether tasks are still there after a restart. */
  readonly persistent: boolean
  /**
   * Resolves when the task would survive the end of this process.
   * @throws {@link ServerError} `store_full` when there is no space, `store_failed`; nothing is kept then
   */
  insert(task: StoredTask): Promise<void>
  /** Resolves as {@link insert} does. */
  finish(id: string, status: 'done' | 'failed', result: string, updatedMs: number): Promise<void>
  get(id: string): StoredTask | undefined
  /** Tasks that have not ended, oldest first. */
  unfinished(): StoredTask[]
  counts(): TaskCounts
  /**
   * Forgets ended tasks beyond the limits.
   * @returns whether some are left to forget; each call is short
   */
  evict(limits: KeepLimits): boolean
  close(): Promise<void>
}
