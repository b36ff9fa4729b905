// Any program as a latency model: one long-lived process that reads a question a line and answers a line each.
//
//   in   {"id":7,"op":"matmul","dims":{"m":1,"n":2,"k":3,…},"dtype":"bf16","hardware":{…},"options":{…}}
//   out  {"id":7,"seconds":1.5e-5,"p10":1.4e-5,"p90":1.7e-5,"source":"my model"} or {"id":7,"unsupported":"why"}
//
// `hardware` is the whole description of the device. Answers may come in any order.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import {
  type EstimateOptions,
  type EstimateQuestion,
  type LatencyModel,
  PerfModelError,
  roofline,
} from '@flowsim/perf-model'
import { checkCall } from '@flowsim/perf-model/parts'
import type { Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import type { Answered, CommandWorkerData } from '../command-worker.js'
import { ExternalError } from '../errors.js'
import { type Answer, readAnswer } from './answer.js'

/** How a program is run. */
export interface CommandModelOptions {
  /** Seconds that it may go without an answer. Default 30. */
  timeoutS?: number | undefined
  /** Questions that it has at once, at most. Default 64. */
  inFlight?: number | undefined
  /** Told of the first answer that could not be used; the others are only counted. */
  onFault?: ((fault: string) => void) | undefined
  /** The package's module `command-worker`, where a bundler has moved it. */
  workerUrl?: URL | undefined
}

/** What went wrong while a program answered. */
export interface CommandFaults {
  /** Answers that could not be used, times that ran out, ends of the program. */
  count: number
  /** The first of them. */
  first: string | null
  /** Lines that were not an answer to anything asked. */
  strayLines: number
}

/** Failures in a row, without an answer between them, after which a program is given up. */
const GIVE_UP = 3
const NO_ESTIMATE = 'that operation has no estimate'
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A thread that sleeps cannot run the listeners of a signal: without them the signal ends the process at once. */
function withoutSignalListeners<T>(sleep: () => T): T {
  const before = SIGNALS.map((name) => [name, process.rawListeners(name)] as const)
  for (const name of SIGNALS) process.removeAllListeners(name)
  try {
    return sleep()
  } finally {
    for (const [name, listeners] of before) {
      for (const listener of listeners) process.on(name, listener as NodeJS.SignalsListener)
    }
  }
}

/** A latency model that asks a program. Equal questions are asked once. */
export class CommandModel implements LatencyModel {
  readonly name = 'command'
  readonly faults: CommandFaults = { count: 0, first: null, strayLines: 0 }
  readonly #known = new Map<string, Answer | { unsupported: string } | { fault: string }>()
  readonly #hardware = new WeakMap<HardwareSpec, string>()
  readonly #timeoutS: number
  readonly #inFlight: number
  readonly #workerUrl: URL
  readonly #onFault: (fault: string) => void
  #worker: { thread: Worker; port: MessageChannel['port1']; signal: Int32Array } | undefined
  #pid: number | null = null
  #lastId = 0

  /** @param command - the program and its arguments */
  constructor(
    readonly command: readonly string[],
    { timeoutS = 30, inFlight = 64, onFault = () => {}, workerUrl }: CommandModelOptions = {},
  ) {
    if (command.length === 0) throw new ExternalError('command_failed', 'command: is empty')
    this.#timeoutS = timeoutS
    this.#inFlight = inFlight
    this.#onFault = onFault
    this.#workerUrl = workerUrl ?? new URL('./command-worker.js', import.meta.url)
  }

  supports(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): boolean {
    if (!roofline.supports(call, hardware, options)) return false
    return 'seconds' in this.#answer({ call, hardware, options })
  }

  /**
   * The program's time. How it is bound and split into parts is the roofline model's view of it.
   * @throws PerfModelError `unsupported_op` where the program says so, or its answer cannot be used
   * @throws ExternalError `command_failed` where it does not start or ends again and again
   */
  estimate(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): Estimate {
    checkCall(call)
    const answer = this.#answer({ call, hardware, options })
    if ('unsupported' in answer) {
      throw new PerfModelError('unsupported_op', `command: ${call.op}: ${answer.unsupported}`, 'op')
    }
    if ('fault' in answer) {
      throw new PerfModelError('unsupported_op', `command: ${call.op}: ${answer.fault}`, 'op')
    }
    return this.#estimateOf(answer, roofline.estimate(call, hardware, options))
  }

  /** Asks for all of these at once, so that a program answers them side by side. */
  prepare(questions: Iterable<EstimateQuestion>): void {
    const fresh = new Set<string>()
    for (const question of questions) {
      const line = this.#lineOf(question)
      if (!this.#known.has(line)) fresh.add(line)
    }
    this.#ask([...fresh])
  }

  /** Ends the program. A later question starts it again. */
  close(): void {
    this.#kill()
    process.off('exit', this.#kill)
    void this.#worker?.thread.terminate()
    this.#worker = undefined
  }

  readonly #kill = (): void => {
    if (this.#pid === null) return
    try {
      process.kill(this.#pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
    this.#pid = null
  }

  #answer(question: EstimateQuestion) {
    const line = this.#lineOf(question)
    if (!this.#known.has(line)) this.#ask([line])
    return this.#known.get(line)!
  }

  #lineOf({ call, hardware, options = {} }: EstimateQuestion): string {
    const { op, ...rest } = call as OpCall & { dtype?: string }
    const { dtype = null, ...dims } = rest
    let device = this.#hardware.get(hardware)
    if (device === undefined) {
      device = JSON.stringify(hardware)
      this.#hardware.set(hardware, device)
    }
    const asked = JSON.stringify({ op, dims, dtype, options })
    return `"hardware":${device},${asked.slice(1)}`
  }

  #ask(lines: readonly string[]): void {
    if (lines.length === 0) return
    const { port, signal } = this.#started()
    const asked = lines.map((line) => ({ id: ++this.#lastId, line }))
    Atomics.store(signal, 0, 0)
    port.postMessage(asked)
    // The thread keeps the time, of each question twice at most; this is for a thread that is lost.
    const limitMs = (this.#timeoutS * 2 * lines.length + 30) * 1000
    const waited = withoutSignalListeners(() => Atomics.wait(signal, 0, 0, limitMs))
    const message = receiveMessageOnPort(port) as { message: Answered } | undefined
    if (waited === 'timed-out' || message === undefined) {
      this.close()
      throw this.#failed('its thread does not answer')
    }
    this.#take(lines, message.message)
  }

  #take(lines: readonly string[], { answers, stray, pid, givenUp }: Answered): void {
    this.#pid = pid
    if (stray.count > 0) {
      this.faults.strayLines += stray.count
      this.#note(`a line that answers nothing is ignored: ${stray.first}`)
    }
    let last = ''
    for (const [i, got] of answers.entries()) {
      if ('answer' in got) {
        const answer = readAnswer(got.answer)
        if ('fault' in answer) this.#note(`${answer.fault}; ${NO_ESTIMATE}`)
        this.#known.set(lines[i]!, answer)
        continue
      }
      const fault = got.failure === 'timeout' ? got.detail : `ended: ${got.detail}`
      if (got.failure === 'start') throw this.#failed(got.detail)
      last = fault
      this.#note(`${fault}; ${NO_ESTIMATE}`)
      this.#known.set(lines[i]!, { fault })
    }
    if (givenUp) {
      throw this.#failed(`${GIVE_UP} times in a row without an answer: ${last}`)
    }
  }

  #note(fault: string): void {
    this.faults.count++
    if (this.faults.first !== null) return
    this.faults.first = fault
    this.#onFault(fault)
  }

  #failed(why: string): ExternalError {
    return new ExternalError(
      'command_failed',
      `--command ${this.command.join(' ')}: ${why}; it must read a JSON line and answer with one for each`,
    )
  }

  #started() {
    if (this.#worker !== undefined) return this.#worker
    const { port1, port2 } = new MessageChannel()
    const signal = new SharedArrayBuffer(4)
    const workerData: CommandWorkerData = {
      command: this.command,
      timeoutS: this.#timeoutS,
      giveUp: GIVE_UP,
      inFlight: this.#inFlight,
      port: port2,
      signal,
    }
    const thread = new Worker(this.#workerUrl, { workerData, transferList: [port2] })
    thread.unref()
    port1.unref()
    process.on('exit', this.#kill)
    this.#worker = { thread, port: port1, signal: new Int32Array(signal) }
    return this.#worker
  }

  #estimateOf({ seconds, p10, p90, source }: Answer, base: Estimate): Estimate {
    // What takes no time of itself is all launch.
    const isWork = base.latencyS > 0
    const scale = isWork ? seconds / base.latencyS : 0
    const { computeS, memoryS, launchS, networkS } = base.parts
    const isBounded = p10 !== undefined && p90 !== undefined
    return {
      ...base,
      latencyS: seconds,
      p10S: p10 ?? Math.min(seconds, base.p10S * scale),
      p90S: p90 ?? Math.max(seconds, base.p90S * scale),
      parts: {
        computeS: computeS * scale,
        memoryS: memoryS * scale,
        launchS: isWork ? launchS * scale : seconds,
        networkS: networkS * scale,
      },
      model: this.name,
      profile: null,
      notes: [
        source ?? 'the time of the command',
        isBounded
          ? 'parts are split as the roofline model splits them'
          : 'parts and bounds are relative to the roofline model',
      ],
    }
  }
}
