// What a serving simulator asks of a model of its steps: the work of one step in, nanoseconds out.

/**
 * How the host launches a step: as one CUDA graph, as graphs between the calls of attention, or kernel by
 * kernel.
 */
export type StepLaunch = 'graph' | 'piecewise' | 'eager'

/** Prefill chunks and decoding sequences of one step. Reused from step to step. */
export class StepBatch {
  /** Sequences that prefill, whole or a chunk. */
  prefills = 0
  /** New prompt tokens of each of them. */
  readonly prefillTokens: number[] = []
  /** Tokens of each that are in the KV cache already: earlier chunks and prefix hits. */
  readonly prefillContext: number[] = []
  /** Whole prompt of each. */
  readonly prefillPrompt: number[] = []
  /** Sum of {@link prefillTokens}. */
  prefillTokenSum = 0

  /** Sequences that generate their next tokens. */
  decodes = 0
  /** New tokens of each of them: one, and with speculation those that were drafted for it. */
  readonly decodeTokens: number[] = []
  /** Sum of {@link decodeTokens}. */
  decodeTokenSum = 0
  /** Decoded tokens after which one is sampled: all of them, but for a drafter that reads the model's. */
  decodeSamples = 0
  /** Tokens of each that are in the KV cache before the step. */
  readonly decodeContext: number[] = []
  /** Sum of {@link decodeContext}. */
  decodeContextSum = 0

  launch: StepLaunch = 'graph'
  /** Tokens that fill the step up to the size of its CUDA graph: kernels run on them too. */
  padding = 0

  /** All new tokens. */
  get tokens(): number {
    return this.prefillTokenSum + this.decodeTokenSum
  }

  /** All sequences. */
  get size(): number {
    return this.prefills + this.decodes
  }

  clear(): void {
    this.prefills = 0
    this.prefillTokenSum = 0
    this.decodes = 0
    this.decodeTokenSum = 0
    this.decodeSamples = 0
    this.decodeContextSum = 0
    this.launch = 'graph'
    this.padding = 0
  }

  addPrefill(tokens: number, context: number, prompt: number): void {
    const i = this.prefills++
    this.prefillTokens[i] = tokens
    this.prefillContext[i] = context
    this.prefillPrompt[i] = prompt
    this.prefillTokenSum += tokens
  }

  /**
   * @param tokens more than one where drafted tokens are verified
   * @param samples how many of them a token is sampled after
   */
  addDecode(context: number, tokens = 1, samples = tokens): void {
    const i = this.decodes++
    this.decodeContext[i] = context
    this.decodeTokens[i] = tokens
    this.decodeContextSum += context
    this.decodeTokenSum += tokens
    this.decodeSamples += samples
  }
}

/** Predicts how long a step takes on the device. */
export interface StepTimeModel {
  /** For reports. */
  readonly name: string

  /**
   * Time from the start of the step's first kernel to the end of its last, in nanoseconds, finite
   * and not negative. Called once for each step: keep it fast.
   */
  stepNs(batch: StepBatch): number

  /**
   * Work of the host for the step, in nanoseconds, which the device waits for unless the engine does it
   * while the step before runs: scheduling, inputs, outputs. Absent: none, or part of {@link stepNs}.
   */
  hostNs?(batch: StepBatch): number
}
