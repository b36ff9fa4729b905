// ReaLLM's system simulation (bespoke-silicon-group/reallm, May 2025): one engine, one step after
// the other, seconds in doubles.
//
//   baseline       all arrived prompts as one prefill; then those requests decode until all have
//                  finished; new ones wait
//   continuous     all arrived prompts as one prefill-only step, else one token of every request
//   mixed-sarathi  a chunk of the prompts and one token of every request in each step
//
// What it leaves out is kept: prompts of a step count as one prompt of their summed length, a chunk
// does not see the KV of the chunks before it, the chunk is not reduced by decodes, memory is
// unlimited, and requests in flight when the run stops are left unfinished. Two crashes are mended:
// `baseline` at the last request of a trace, and requests of a single token.
import { Deque } from '../../core/deque.js'

/** A request for ReaLLM. */
export interface ReallmRequest {
  id: number
  arrivalS: number
  inputTokens: number
  outputTokens: number
}

export type ReallmScheduler = 'baseline' | 'continuous' | 'mixed-sarathi'

/** Seconds of a step with `prefillTokens` of prompts and a decode at each of `contexts`. */
export type ReallmStepTime = (prefillTokens: number, contexts: readonly number[]) => number

export interface ReallmOptions {
  scheduler: ReallmScheduler
  stepTime: ReallmStepTime
  /** Prompt tokens of a step of `mixed-sarathi`. Default 2048. */
  prefillChunk?: number
  /** The run stops when the first waiting request has this id or a larger one. */
  endRequests?: number
  /** Seconds after which the run stops. Default 500. */
  endTimeS?: number
}

/** What became of a request. */
export interface ReallmRecord extends ReallmRequest {
  /** Time of each token so far. */
  tokenS: number[]
  /** Start of the step that its first prompt token was part of; null: none. */
  scheduledS: number | null
  finished: boolean
}

export interface ReallmResult {
  requests: ReallmRecord[]
  steps: { startS: number; durationS: number; prefillTokens: number; contexts: number[] }[]
  endS: number
}

/** @param requests in order of arrival */
export function simulateReallm(
  requests: readonly ReallmRequest[],
  options: ReallmOptions,
): ReallmResult {
  return new Simulation(requests, options).run()
}

class Simulation {
  private readonly records: ReallmRecord[]
  private readonly arriving = new Deque<ReallmRecord>()
  private readonly steps: ReallmResult['steps'] = []
  private decoding: ReallmRecord[] = []
  /** Prompts that are being prefilled, their tokens, and how many of those are done. */
  private prefills: ReallmRecord[] = []
  private promptTokens = 0
  private promptTokensDone = 0
  private time = 0

  constructor(
    requests: readonly ReallmRequest[],
    private readonly options: ReallmOptions,
  ) {
    this.records = requests.map((request) => ({
      ...request,
      tokenS: [],
      scheduledS: null,
      finished: false,
    }))
    for (const record of this.records) this.arriving.push(record)
  }

  run(): ReallmResult {
    const { endTimeS = 500, endRequests = Number.POSITIVE_INFINITY } = this.options
    while (this.time < endTimeS) {
      const idle = this.prefills.length === 0 && this.decoding.length === 0
      const next = this.arriving.first
      if (next === undefined ? idle : next.id >= endRequests) break
      this.admitArrived()
      this.step()
    }
    return { requests: this.records, steps: this.steps, endS: this.time }
  }

  /** With nothing to do the clock jumps to the next arrival. */
  private admitArrived(): void {
    const { arriving } = this
    if (this.prefills.length > 0) return
    const waitsForBatch = this.options.scheduler === 'baseline' && this.decoding.length > 0
    while (!waitsForBatch && arriving.length > 0 && arriving.first!.arrivalS <= this.time) {
      this.admit(arriving.shift()!)
    }
    if (this.prefills.length > 0 || this.decoding.length > 0) return
    this.time = arriving.first!.arrivalS
    this.admit(arriving.shift()!)
  }

  private admit(record: ReallmRecord): void {
    this.prefills.push(record)
    this.promptTokens += record.inputTokens
  }

  private step(): void {
    const { scheduler, prefillChunk = 2048, stepTime } = this.options
    const isMixed = scheduler === 'mixed-sarathi'
    const isPrefilling = this.prefills.length > 0
    const left = this.promptTokens - this.promptTokensDone
    const chunk = isMixed ? Math.min(prefillChunk, left) : left
    const prefillTokens = isPrefilling ? chunk : 0
    const decodes = isPrefilling && !isMixed ? [] : this.decoding
    const contexts = decodes.map(({ inputTokens, tokenS }) => inputTokens + tokenS.length - 1)

    const durationS = stepTime(prefillTokens, contexts)
    this.steps.push({ startS: this.time, durationS, prefillTokens, contexts })
    this.markScheduled(prefillTokens)
    this.time += durationS
    this.promptTokensDone += prefillTokens

    const prefilled = this.takePrefilled()
    const waiting = isPrefilling && !isMixed ? this.decoding : []
    this.decoding = [...waiting, ...this.emit(prefilled), ...this.emit(decodes)]
  }

  /** Requests whose first prompt token lies in the chunk of this step. */
  private markScheduled(prefillTokens: number): void {
    let offset = 0
    for (const record of this.prefills) {
      if (offset < this.promptTokensDone + prefillTokens) record.scheduledS ??= this.time
      offset += record.inputTokens
    }
  }

  /** Prompts that are done. */
  private takePrefilled(): ReallmRecord[] {
    let count = 0
    let tokens = 0
    for (const { inputTokens } of this.prefills) {
      if (tokens + inputTokens > this.promptTokensDone) break
      tokens += inputTokens
      count++
    }
    this.promptTokens -= tokens
    this.promptTokensDone -= tokens
    return this.prefills.splice(0, count)
  }

  /** A token of each; returns those that go on. */
  private emit(records: readonly ReallmRecord[]): ReallmRecord[] {
    return records.filter((record) => {
      record.tokenS.push(this.time)
      record.finished = record.tokenS.length >= record.outputTokens
      return !record.finished
    })
  }
}

/**
 * ReaLLM's `sim_results.csv`: id, arrival, and the time of every token to four decimals. It ends at
 * the first request that has not finished.
 */
export function reallmResultsCsv(result: ReallmResult): string {
  const lines = ['request_id,arrival_time,finish_time']
  for (const { id, arrivalS, tokenS, outputTokens, finished } of result.requests) {
    const tokens = Array.from({ length: outputTokens }, (_, i) => tokenS[i]?.toFixed(4) ?? 'None')
    lines.push(`${id},${arrivalS},${tokens.map((token) => `${token},`).join('')}`)
    if (!finished) break
  }
  return `${lines.join('\n')}\n`
}
