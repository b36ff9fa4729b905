// Tasks in memory: gone when the service ends.
import type { KeepLimits, StoredTask, TaskCounts, TaskStore } from './task-store.js'

/** A store that forgets everything at the end of the process. */
export class MemoryStore implements TaskStore {
  readonly persistent = false
  // In order of insertion, which eviction relies on.
  private readonly tasks = new Map<string, StoredTask>()
  private readonly counted: TaskCounts = { done: 0, failed: 0 }
  private bytes = 0

  async insert(task: StoredTask): Promise<void> {
    this.tasks.set(task.id, task)
    this.bytes += bytesOf(task)
    if (task.status !== 'queued') this.counted[task.status]++
  }

  async finish(
    id: string,
    status: 'done' | 'failed',
    result: string,
    updatedMs: number,
  ): Promise<void> {
    const task = this.tasks.get(id)
    if (task === undefined || task.status !== 'queued') return
    this.tasks.set(id, { ...task, status, result, updatedMs })
    this.bytes += result.length
    this.counted[status]++
  }

  get(id: string): StoredTask | undefined {
    return this.tasks.get(id)
  }

  unfinished(): StoredTask[] {
    return [...this.tasks.values()].filter(({ status }) => status === 'queued')
  }

  counts(): TaskCounts {
    return { ...this.counted }
  }

  evict({ endedBeforeMs, keep, keepBytes }: KeepLimits): boolean {
    for (const [id, task] of this.tasks) {
      const { status, updatedMs } = task
      if (status === 'queued') continue
      const isBeyond = this.counted.done + this.counted.failed > keep || this.bytes > keepBytes
      if (updatedMs >= endedBeforeMs && !isBeyond) continue
      this.tasks.delete(id)
      this.bytes -= bytesOf(task)
      this.counted[status]--
    }
    return false
  }

  async close(): Promise<void> {
    this.tasks.clear()
  }
}

/** A byte for a character of JSON. */
function bytesOf({ request, result }: StoredTask): number {
  return request.length + (result?.length ?? 0)
}
