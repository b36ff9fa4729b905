// The journal of a BackendClient: what was submitted and answered, so that a run that was cut off goes
// on where it stopped.

import { appendFile, readFile } from 'node:fs/promises'
import { messageOf } from '@flowsim/trace-schema/vocabulary'
import type { BackendAnswer } from './backend-answer.js'
import { ProfilerRunnerError } from './errors.js'

/**
 * JSON lines: `{ key, task }` when a task was accepted, `{ key, answer }` when it was answered. A line
 * that was cut off by a crash is skipped. Without a path nothing is kept.
 */
export class BackendJournal {
  readonly tasks = new Map<string, string>()
  readonly answers = new Map<string, BackendAnswer>()

  constructor(private readonly path: string | undefined) {}

  async load(): Promise<void> {
    if (this.path === undefined) return
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw new ProfilerRunnerError('bad_input', `${this.path}: ${messageOf(error)}`)
    })
    for (const line of text.split('\n')) {
      try {
        const entry = JSON.parse(line) as { key: string; task?: string; answer?: BackendAnswer }
        if (entry.task !== undefined) this.tasks.set(entry.key, entry.task)
        if (entry.answer !== undefined) this.answers.set(entry.key, entry.answer)
      } catch {}
    }
    if (text !== '' && !text.endsWith('\n')) await this.append('\n')
  }

  task(key: string, task: string): Promise<void> {
    return this.append(`${JSON.stringify({ key, task })}\n`)
  }

  answer(key: string, answer: BackendAnswer): Promise<void> {
    return this.append(`${JSON.stringify({ key, answer })}\n`)
  }

  private async append(line: string): Promise<void> {
    if (this.path !== undefined) await appendFile(this.path, line)
  }
}
