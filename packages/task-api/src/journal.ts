// The journal of a client: what was submitted and answered, so that a run that was cut off goes on where it
// stopped.
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { TaskApiError } from './errors.js'
import type { TaskAnswer } from './read-answer.js'

interface Line {
  /** The first line: who answers. */
  service?: string
  key?: string
  task?: string
  answer?: TaskAnswer
}

/**
 * JSON lines: `{ service }` first, `{ key, task }` when a task was accepted, `{ key, answer }` when it was
 * answered. A line that was cut off by a crash is skipped. What another service, or another version of it,
 * had answered is forgotten. Without a path nothing is kept.
 */
export class TaskJournal {
  readonly tasks = new Map<string, string>()
  readonly answers = new Map<string, TaskAnswer>()

  constructor(private readonly path: string | undefined) {}

  /**
   * Reads what is there.
   * @param service - who answers: address and version
   * @throws {@link TaskApiError} `bad_journal` for a file that cannot be read or written
   */
  async load(service: string): Promise<void> {
    if (this.path === undefined) return
    const text = await this.attempt(() =>
      readFile(this.path!, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      }),
    )
    const lines = text.split('\n').map(readLine)
    if (lines[0]?.service !== service) {
      await this.attempt(() => writeFile(this.path!, `${JSON.stringify({ service })}\n`))
      return
    }
    for (const { key, task, answer } of lines) {
      if (key !== undefined && task !== undefined) this.tasks.set(key, task)
      if (key !== undefined && answer !== undefined) this.answers.set(key, answer)
    }
    if (!text.endsWith('\n')) await this.append('\n')
  }

  task(key: string, task: string): Promise<void> {
    return this.append(`${JSON.stringify({ key, task })}\n`)
  }

  answer(key: string, answer: TaskAnswer): Promise<void> {
    return this.append(`${JSON.stringify({ key, answer })}\n`)
  }

  private async append(line: string): Promise<void> {
    if (this.path !== undefined) await this.attempt(() => appendFile(this.path!, line))
  }

  private async attempt<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      const { message } = error as Error
      throw new TaskApiError('bad_journal', `${this.path}: ${message}`, {
        source: this.path,
        cause: error,
      })
    }
  }
}

function readLine(line: string): Line {
  try {
    return (JSON.parse(line) ?? {}) as Line
  } catch {
    return {}
  }
}
