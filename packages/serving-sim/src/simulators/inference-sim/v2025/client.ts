// A request as inference-sim of 2025 carries it, and what became of it.
import type { CacheClient, KeyStream } from '../kv-blocks.js'
import type { InferenceSimRequest } from '../request.js'

/** What became of a request. */
export interface RequestResult2025 {
  id: string
  arrivalUs: number
  inputTokens: number
  outputTokens: number
  state: 'completed' | 'running' | 'queued'
  ttftUs: number | null
  e2eUs: number | null
  /** (E2E − TTFT) / max(output − 1, 1). */
  tpotUs: number | null
  /** Step, counted from 1, at which it was admitted last; 0: never. */
  scheduledStep: number
  /** Step at which it finished; 0: it did not. */
  finishedStep: number
  /** Time of its last admission. */
  scheduledUs: number | null
  preemptions: number
  replica: number
}

/** A request inside the simulation. */
export class Client implements CacheClient, RequestResult2025 {
  readonly id: string
  readonly arrivalUs: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly prefixTokens: number
  readonly own: KeyStream = { blockOf: [] }
  progress = 0
  computed = 0
  blocks: CacheClient['blocks'] = null
  pristine = true
  state: RequestResult2025['state'] = 'queued'
  ttftUs: number | null = null
  e2eUs: number | null = null
  tpotUs: number | null = null
  scheduledStep = 0
  finishedStep = 0
  scheduledUs: number | null = null
  preemptions = 0

  constructor(
    request: InferenceSimRequest,
    readonly replica: number,
    /** A prefix is cached by replica, so each has its own streams. */
    readonly shared: KeyStream | null,
  ) {
    this.id = request.id
    this.arrivalUs = request.arrivalUs
    this.inputTokens = request.inputTokens
    this.outputTokens = request.outputTokens
    this.prefixTokens = request.prefixTokens ?? 0
  }

  result(): RequestResult2025 {
    const { id, arrivalUs, inputTokens, outputTokens, state, ttftUs, e2eUs, tpotUs } = this
    const { scheduledStep, finishedStep, scheduledUs, preemptions, replica } = this
    return {
      id,
      arrivalUs,
      inputTokens,
      outputTokens,
      state,
      ttftUs,
      e2eUs,
      tpotUs,
      scheduledStep,
      finishedStep,
      scheduledUs,
      preemptions,
      replica,
    }
  }
}
