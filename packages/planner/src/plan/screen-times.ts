// Times of the steps that a screening asks for, of one deployment: each worked out once for all roles and batch limits.
import type { Deployment } from '@flowsim/serving-sim'
import { StepBatch } from '@flowsim/trace-schema'
import type { Load } from './load.js'

/** More than the prompt tokens of any step. */
const MOST_TOKENS = 2 ** 24

export class ScreenTimes {
  readonly #batch = new StepBatch()
  readonly #known = new Map<number, number>()
  #isPromptTooLong: boolean | undefined

  /**
   * @param batchTokens - most new tokens of a step of one replica
   * @param drafted - tokens that each sequence has drafted in a step
   */
  constructor(
    private readonly deployment: Deployment,
    private readonly load: Load,
    private readonly batchTokens: number,
    private readonly drafted: number,
  ) {}

  /** Whether an idle instance takes longer for a prompt than a limit allows. */
  get isPromptTooLong(): boolean {
    this.#isPromptTooLong ??= this.load.prompts.some(
      ({ tokens, mostS }) => this.#promptS(tokens) > mostS,
    )
    return this.#isPromptTooLong
  }

  /** A step of so many sequences and prompt tokens; each batch of a pipeline has its share of them. */
  stepS(sequences: number, promptTokens: number): number {
    const key = sequences * MOST_TOKENS + promptTokens
    let seconds = this.#known.get(key)
    if (seconds === undefined) {
      seconds = this.#stepS(sequences, promptTokens)
      this.#known.set(key, seconds)
    }
    return seconds
  }

  /** Seconds of one prompt on an idle instance. */
  #promptS(inputTokens: number): number {
    let seconds = this.deployment.engine.frontend.requestNs / 1e9
    for (let done = 0; done < inputTokens; done += this.batchTokens) {
      const tokens = Math.min(this.batchTokens, inputTokens - done)
      this.#batch.clear()
      this.#batch.addPrefill(tokens, done, inputTokens)
      seconds += this.deployment.stepTime.stepNs(this.#batch) / 1e9
    }
    return seconds
  }

  #stepS(sequences: number, promptTokens: number): number {
    const { inputTokens, freshTokens, outputTokens } = this.load
    const { stepTime, pipelineStages } = this.deployment
    const batch = this.#batch
    batch.clear()
    for (let left = Math.ceil(promptTokens / pipelineStages); left > 0; left -= freshTokens) {
      const tokens = Math.min(left, freshTokens)
      // A chunk has half of the rest of its prompt before it, in the mean, behind what a cache kept.
      const kept = inputTokens - freshTokens
      batch.addPrefill(tokens, kept + Math.floor((freshTokens - tokens) / 2), inputTokens)
    }
    const context = Math.round(inputTokens + outputTokens / 2)
    const share = Math.ceil(sequences / pipelineStages)
    for (let i = 0; i < share; i++) batch.addDecode(context, 1 + this.drafted)
    return stepTime.stepNs(batch) / 1e9
  }
}
