// The thread that owns a user's program. Latency models answer at once, a program answers when it does: so the thread
// that asks sleeps until this one has the answers. It restarts the program when that ends or does not answer in time.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { guard } from './command/guard.js'

/** What the thread is started with. */
export interface CommandWorkerData {
  command: readonly string[]
  /** Seconds without any answer after which the program counts as hung. */
  timeoutS: number
  /** Failures in a row, without an answer between them, after which the program is given up. */
  giveUp: number
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
  /** The program failed again and again, and is not started any more. */
  givenUp: boolean
}

const MAX_LINE = 1 << 20

class Program {
  #child: ChildProcessWithoutNullStreams | undefined
  #pending = new Map<number, (got: Answered['answers'][number]) => void>()
  /** Runs while questions wait; each answer sets it back, for one that is slow answers them one after the other. */
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #lastFailure: Pick<NoAnswer, 'failure' | 'detail'> | undefined
  #rest = ''
  stray: Answered['stray'] = { count: 0, first: null }

  constructor(private readonly data: CommandWorkerData) {}

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get givenUp(): boolean {
    return this.#failures >= this.data.giveUp
  }

  ask({ id, line }: Asked): Promise<Answered['answers'][number]> {
    if (this.givenUp) return Promise.resolve({ id, ...this.#lastFailure! })
    return new Promise((resolve) => {
      this.#pending.set(id, resolve)
      if (this.#pending.size === 1) this.#watch()
      this.#started().stdin.write(`{"id":${id},${line}\n`)
    })
  }

  #watch(): void {
    clearTimeout(this.#timer)
    if (this.#pending.size === 0) return
    const { timeoutS } = this.data
    this.#timer = setTimeout(
      () => this.#fail('timeout', `no answer within ${timeoutS} s`),
      timeoutS * 1000,
    )
  }

  #started(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child
    const [program, ...args] = this.data.command
    const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child as unknown as ChildProcessWithoutNullStreams
    this.#rest = ''
    const endGuard = child.pid === undefined ? () => {} : guard(child.pid)
    child.on('close', endGuard)
    const isCurrent = () => this.#child === (child as unknown)
    child.stdout.setEncoding('utf8')
    // What one that was given up still says is not mixed with the next one's.
    child.stdout.on('data', (text: string) => {
      if (isCurrent()) this.#read(text)
    })
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
    const settle = typeof id === 'number' ? this.#pending.get(id) : undefined
    if (settle === undefined) {
      this.stray.first ??= line.slice(0, 200)
      this.stray.count++
      return
    }
    this.#pending.delete(id as number)
    this.#failures = 0
    this.#watch()
    settle({ id: id as number, answer: answer as Record<string, unknown> })
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
    this.#watch()
    if (pending.length > 0) this.#failures++
    this.#lastFailure = { failure, detail }
    for (const [id, settle] of pending) settle({ id, failure, detail })
  }
}

/** Answers questions that come on the port until the thread is ended. */
export function serve(data: CommandWorkerData): void {
  const program = new Program(data)
  const signal = new Int32Array(data.signal)
  data.port.on('message', (asked: Asked[]) => {
    void answerAll(program, asked, data.inFlight).then((answers) => {
      const { stray, pid, givenUp } = program
      data.port.postMessage({ answers, stray, pid, givenUp } satisfies Answered)
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
  if (asked.length === 1) return answers
  // A question that ends the program takes those beside it along: each is asked once more, alone.
  for (const [at, question] of asked.entries()) {
    if ('failure' in answers[at]!) answers[at] = await program.ask(question)
  }
  return answers
}

// Imported elsewhere than in a thread it has nothing to do.
if (parentPort !== null) serve(workerData as CommandWorkerData)
