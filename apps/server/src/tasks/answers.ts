// Answers of tasks: one that is known, one that is being computed for an equal request, or a worker's.
import { JobError, ServerError } from '../errors.js'
import type { StoredTask } from '../store/task-store.js'
import type { Job } from '../workers/jobs.js'
import type { WorkerPool } from '../workers/pool.js'
import { AnswerCache } from './answer-cache.js'

/** What is asked for. */
export interface Question {
  kind: StoredTask['kind']
  job: Job
  /** Requests with the same key have the same answer. */
  key: string | null
  timeoutMs: number
  urgent: boolean
}

/** An answer or a fault as JSON; null: the end of the service cut it off, and it has neither. */
export type Outcome = { ok: boolean; json: string } | null

/** Computes each of equal requests once. */
export class Answers {
  private readonly known: AnswerCache
  private readonly computing = new Map<string, Promise<Outcome>>()
  private isOpen = true

  /** @param maxBytes - of answers that are remembered */
  constructor(
    private readonly pool: WorkerPool,
    maxBytes: number,
  ) {
    this.known = new AnswerCache(maxBytes)
  }

  /** The answer to a request that was asked before. */
  get(key: string | null): string | undefined {
    return key === null ? undefined : this.known.get(key)
  }

  /** The answer; `onStart` is called when a worker begins with it. */
  compute({ kind, job, key, urgent, timeoutMs }: Question, onStart: () => void): Promise<Outcome> {
    const known = this.get(key)
    if (known !== undefined) return Promise.resolve({ ok: true, json: known })
    const same = key === null ? undefined : this.computing.get(key)
    if (same !== undefined) return same
    const computed = this.pool.run(job, { urgent, timeoutMs, onStart }).then(
      (answer): Outcome => {
        const json = JSON.stringify(answer)
        if (key !== null) this.known.set(key, json)
        return { ok: true, json }
      },
      (error: Error): Outcome => (this.isOpen ? { ok: false, json: faultJson(error, kind) } : null),
    )
    if (key !== null) {
      this.computing.set(key, computed)
      void computed.finally(() => this.computing.delete(key))
    }
    return computed
  }

  /** What fails from now on was cut off. */
  stop(): void {
    this.isOpen = false
  }
}

// What the original says of an exception is its text; of a trace, the reason is told too.
function faultJson(error: Error, kind: StoredTask['kind']): string {
  if (kind === 'task') return JSON.stringify({ error: error.message })
  let code = error instanceof ServerError ? error.code : 'internal'
  if (error instanceof JobError) code = error.reason
  return JSON.stringify({ error: error.message, code })
}
