// Tasks in memory: gone when the service ends.
import type { StoredTask, TaskCounts, TaskStore } from './task-store.js'

/** A store that forgets everything at the end of the process. */
export class MemoryStore implements TaskStore {
  readonly persistent = false
  // In order of insertion, which eviction relies on.
  private readonly tasks = new Map<string, StoredTask>()

  async insert(task: StoredTask): Promise<void> {
    this.tasks.set(task.id, task)
  }

  async finish(
    id: string,
    status: 'done' | 'failed',
    result: string,
    updatedMs: number,
  ): Promise<void> {
    const task = this.tasks.get(id)
    if (task) this.tasks.set(id, { ...task, status, result, updatedMs })
  }

  get(id: string): StoredTask | undefined {
    return this.tasks.get(id)
  }

  unfinished(): StoredTask[] {
    return [...this.tasks.values()].filter(({ status }) => status === 'queued')
  }

  counts(): TaskCounts {
    const counts = { done: 0, failed: 0 }
    for (const { status } of this.tasks.values()) if (status !== 'queued') counts[status]++
    return counts
  }

  evict({ endedBeforeMs, keep }: { endedBeforeMs: number; keep: number }): boolean {
    let { done, failed } = this.counts()
    for (const [id, task] of this.tasks) {
      if (task.status === 'queued') continue
      if (task.updatedMs >= endedBeforeMs && done + failed <= keep) continue
      this.tasks.delete(id)
      if (task.status === 'done') done--
      else failed--
    }
    return false
  }

  async close(): Promise<void> {
    this.tasks.clear()
  }
}
