// The thread that owns a user's program. Latency models answer at once, a program answers when it does: so the thread
// that asks sleeps until this one has the answers. It restarts the program when that ends or does not answer in time.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

/** What the thread is started with. */
export interface CommandWorkerData {
  command: readonly string[]
  /** Of one question, in seconds. */
  timeoutS: number
  /** Questions that the program has at once, at most. */
  inFlight: number
  port: MessagePort
  /** Set to 1, and notified, when the answers are on the port. */
  signal: SharedArrayBuffer
}

/** A question: `line` is its JSON after `{"id":n,`. */
export interface Asked {
  id: number
  line: string
}

/** Why a question has no answer of the program: it ended, kept silent, or could not be started. */
export interface NoAnswer {
  id: number
  failure: 'exit' | 'timeout' | 'start'
  detail: string
}

/** What comes back, in the order of the questions. */
export interface Answered {
  /** The program's line, parsed, or why there is none. */
  answers: ({ id: number; answer: Record<string, unknown> } | NoAnswer)[]
  /** Lines that are not an answer to anything asked: how many, and the first. */
  stray: { count: number; first: string | null }
  pid: number | null
}

const MAX_LINE = 1 << 20

class Program {
  #child: ChildProcessWithoutNullStreams | undefined
  #pending = new Map<
    number,
    { settle: (got: Answered['answers'][number]) => void; timer: NodeJS.Timeout }
  >()
  #rest = ''
  stray: Answered['stray'] = { count: 0, first: null }

  constructor(private readonly data: CommandWorkerData) {}

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  ask({ id, line }: Asked): Promise<Answered['answers'][number]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#fail('timeout', `no answer within ${this.data.timeoutS} s`)
      }, this.data.timeoutS * 1000)
      this.#pending.set(id, { settle: resolve, timer })
      this.#started().stdin.write(`{"id":${id},${line}\n`)
    })
  }

  #started(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child
    const [program, ...args] = this.data.command
    const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child as unknown as ChildProcessWithoutNullStreams
    this.#rest = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => this.#read(text))
    // A program that ends while it is written to: `exit` tells.
    child.stdin.on('error', () => {})
    child.on('error', (error) => this.#ended(child, 'start', error.message))
    child.on('close', (code, signal) =>
      this.#ended(child, 'exit', signal === null ? `exit code ${code}` : `signal ${signal}`),
    )
    return this.#child
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) this.#answer(line)
    if (this.#rest.length > MAX_LINE) this.#fail('exit', 'a line of more than 1 MiB')
  }

  #answer(line: string): void {
    if (line.trim() === '') return
    let answer: unknown
    try {
      answer = JSON.parse(line)
    } catch {
      answer = undefined
    }
    const id = (answer as { id?: unknown } | undefined | null)?.id
    const waiting = typeof id === 'number' ? this.#pending.get(id) : undefined
    if (waiting === undefined) {
      this.stray.first ??= line.slice(0, 200)
      this.stray.count++
      return
    }
    this.#pending.delete(id as number)
    clearTimeout(waiting.timer)
    waiting.settle({ id: id as number, answer: answer as Record<string, unknown> })
  }

  #ended(child: unknown, failure: NoAnswer['failure'], detail: string): void {
    if (this.#child === child) this.#fail(failure, detail)
  }

  /** Nothing that is asked now is answered by this run of the program; the next question starts another. */
  #fail(failure: NoAnswer['failure'], detail: string): void {
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL')
    const pending = [...this.#pending]
    this.#pending.clear()
    for (const [id, { settle, timer }] of pending) {
      clearTimeout(timer)
      settle({ id, failure, detail })
    }
  }
}

/** Answers questions that come on the port until the thread is ended. */
export function serve(data: CommandWorkerData): void {
  const program = new Program(data)
  const signal = new Int32Array(data.signal)
  data.port.on('message', (asked: Asked[]) => {
    void answerAll(program, asked, data.inFlight).then((answers) => {
      data.port.postMessage({ answers, stray: program.stray, pid: program.pid } satisfies Answered)
      program.stray = { count: 0, first: null }
      Atomics.store(signal, 0, 1)
      Atomics.notify(signal, 0)
    })
  })
}

async function answerAll(program: Program, asked: readonly Asked[], inFlight: number) {
  const answers: Answered['answers'] = new Array(asked.length)
  let next = 0
  const lane = async () => {
    while (next < asked.length) {
      const at = next++
      answers[at] = await program.ask(asked[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, asked.length) }, lane))
  return answers
}

// Imported elsewhere than in a thread it has nothing to do.
if (parentPort !== null) serve(workerData as CommandWorkerData)
