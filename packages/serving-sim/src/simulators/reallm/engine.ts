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

interface Prefills {
  sequences: ReallmRecord[]
  tokens: number
  done: number
}

/** @param requests in order of arrival */
export function simulateReallm(
  requests: readonly ReallmRequest[],
  options: ReallmOptions,
): ReallmResult {
  const { scheduler, stepTime, prefillChunk = 2048, endTimeS = 500 } = options
  const endRequests = options.endRequests ?? Number.POSITIVE_INFINITY
  const records = requests.map(
    (request): ReallmRecord => ({ ...request, tokenS: [], scheduledS: null, finished: false }),
  )
  const arriving = new Deque<ReallmRecord>()
  for (const record of records) arriving.push(record)
  let decoding: ReallmRecord[] = []
  const prefills: Prefills = { sequences: [], tokens: 0, done: 0 }
  const steps: ReallmResult['steps'] = []
  let time = 0

  const takeArrived = () => {
    while (arriving.length > 0 && arriving.first!.arrivalS <= time) admit(arriving.shift()!)
  }
  const admit = (record: ReallmRecord) => {
    prefills.sequences.push(record)
    prefills.tokens += record.inputTokens
  }
  const jumpToNext = () => {
    time = arriving.first!.arrivalS
    admit(arriving.shift()!)
  }

  while (time < endTimeS) {
    const idle = prefills.sequences.length === 0 && decoding.length === 0
    if (idle && arriving.length === 0) break
    if (arriving.length > 0 && arriving.first!.id >= endRequests) break

    const mixed = scheduler === 'mixed-sarathi'
    const waitsForBatch = scheduler === 'baseline' && decoding.length > 0
    if (prefills.sequences.length === 0 && !waitsForBatch) takeArrived()
    if (prefills.sequences.length === 0 && decoding.length === 0) jumpToNext()
    const prefilling = prefills.sequences.length > 0
    const left = prefills.tokens - prefills.done
    const prefillTokens = prefilling ? (mixed ? Math.min(prefillChunk, left) : left) : 0
    const decodes = prefilling && !mixed ? [] : decoding
    const contexts = decodes.map(({ inputTokens, tokenS }) => inputTokens + tokenS.length - 1)

    const durationS = stepTime(prefillTokens, contexts)
    steps.push({ startS: time, durationS, prefillTokens, contexts })
    // Requests whose first prompt token lies in this chunk.
    let offset = 0
    for (const record of prefills.sequences) {
      if (offset < prefills.done + prefillTokens) record.scheduledS ??= time
      offset += record.inputTokens
    }
    time += durationS

    const next: ReallmRecord[] = prefilling && !mixed ? decoding : []
    const emit = (record: ReallmRecord) => {
      record.tokenS.push(time)
      record.finished = record.tokenS.length >= record.outputTokens
      if (!record.finished) next.push(record)
    }
    prefills.done += prefillTokens
    let finished = 0
    let total = 0
    for (const record of prefills.sequences) {
      total += record.inputTokens
      if (total > prefills.done) break
      emit(record)
      finished++
    }
    for (const record of prefills.sequences.splice(0, finished)) {
      prefills.tokens -= record.inputTokens
      prefills.done -= record.inputTokens
    }
    for (const record of decodes) emit(record)
    decoding = next
  }
  return { requests: records, steps, endS: time }
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
