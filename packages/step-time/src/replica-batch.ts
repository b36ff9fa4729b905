// The batch of one replica of the attention: the whole batch, or the largest share of it.
import type { BatchSummary } from '@flowsim/model-graph'
import type { StepBatch } from '@flowsim/trace-schema'

/** Sums over the sequences of a step of one replica. Reused from step to step. */
export class ReplicaBatch implements BatchSummary {
  prefillSequences = 0
  prefillTokens = 0
  prefillKeys = 0
  prefillPairs = 0
  decodeSequences = 0
  decodeTokens = 0
  decodeKeys = 0
  samples = 0
  /** Shortest and longest context that a decoding sequence attends to, its new tokens included. */
  shortestDecode = 0
  longestDecode = 0
  /** Tokens that fill the step up to the size of its CUDA graph. */
  padding = 0

  constructor(readonly replicas: number) {}

  /** Tokens that kernels run on. */
  get tokens(): number {
    return this.prefillTokens + this.decodeTokens + this.padding
  }

  set(batch: StepBatch): void {
    let keys = 0
    let pairs = 0
    let samples = 0
    for (let i = 0; i < batch.prefills; i++) {
      const tokens = batch.prefillTokens[i]!
      const context = batch.prefillContext[i]!
      keys += tokens + context
      pairs += tokens * context + (tokens * (tokens + 1)) / 2
      if (tokens + context >= batch.prefillPrompt[i]!) samples++
    }
    const { replicas } = this
    const { prefills, decodes } = batch
    const prefillSequences = Math.ceil(prefills / replicas)
    const decodeSequences = Math.ceil(decodes / replicas)
    const share = prefills === 0 ? 0 : prefillSequences / prefills
    this.prefillSequences = prefillSequences
    this.prefillTokens = Math.ceil(batch.prefillTokenSum * share)
    this.prefillKeys = Math.ceil(keys * share)
    this.prefillPairs = Math.ceil(pairs * share)
    this.decodeSequences = decodeSequences
    const decodeShare = decodes === 0 ? 0 : decodeSequences / decodes
    this.decodeTokens = Math.ceil(batch.decodeTokenSum * decodeShare)
    this.decodeKeys = Math.round((batch.decodeContextSum + batch.decodeTokenSum) * decodeShare)
    // Each drafted token is compared with what the model samples after it.
    this.samples = Math.ceil(samples * share) + Math.ceil(batch.decodeSamples * decodeShare)
    this.padding = Math.ceil(batch.padding / replicas)
    this.#setLengths(batch)
  }

  #setLengths({ decodes, decodeContext, decodeTokens }: StepBatch): void {
    let shortest = decodes === 0 ? 0 : Number.POSITIVE_INFINITY
    let longest = 0
    for (let i = 0; i < decodes; i++) {
      const context = decodeContext[i]! + decodeTokens[i]!
      if (context < shortest) shortest = context
      if (context > longest) longest = context
    }
    this.shortestDecode = shortest
    this.longestDecode = longest
  }
}
