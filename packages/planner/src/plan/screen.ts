// The most requests a second that an instance can serve, by what its steps take: no waiting, no bursts, so more than
// any simulation reaches.
//
// In the steady state an instance has B sequences that decode, each of which gets e tokens a step, so that a request
// of O output tokens takes O/e steps, and B·e/O requests end in each. As many begin: B·e·L/O prompt tokens are in each
// step, where L are those of a prompt that no cache holds. With T(B) the time of that step the rate is B·e / (O·T(B)),
// where T(B) is at most the limit of TPOT times e, B at most what the KV cache holds, and the tokens of a step at most
// its budget.
import type { Deployment } from '@flowsim/serving-sim'
import { StepBatch } from '@flowsim/trace-schema'
import type { Load } from './load.js'

/** How an instance forms batches. */
export interface Batching {
  /** Most new tokens of a step of one replica of the attention. */
  batchTokens: number
  /** Most sequences of one replica. */
  sequences: number
  memoryUtilization: number
  /** Tokens drafted in each step, and the mean that a step gives a sequence. */
  drafted: number
  tokensPerStep: number
}

/** What an instance can do at most. */
export interface Capacity {
  requestsPerS: number
  /** Sequences that decode then, and the time of a step. */
  sequences: number
  stepS: number
}

const NOTHING: Capacity = { requestsPerS: 0, sequences: 0, stepS: 0 }

/** One deployment, asked for its capacity. */
export class Screen {
  readonly #batch = new StepBatch()
  readonly #kvSequences: number

  /** @throws ServingError `model_does_not_fit` */
  constructor(
    private readonly deployment: Deployment,
    private readonly load: Load,
    private readonly batching: Batching,
  ) {
    const { memory, replicas } = deployment
    const { batchTokens, sequences, memoryUtilization } = batching
    const room = memory?.roomBytes({ memoryUtilization, batchTokens, sequences })
    const held = Math.ceil(load.freshTokens + load.outputTokens / 2)
    this.#kvSequences =
      room === undefined || memory === null
        ? Number.POSITIVE_INFINITY
        : replicas * Math.floor(room / memory.sequenceBytes(held))
  }

  /** Of an instance that reads prompts and decodes. */
  both(): Capacity {
    const { freshTokens, outputTokens } = this.load
    if (this.#isPromptTooLong()) return NOTHING
    const { drafted, tokensPerStep, batchTokens } = this.batching
    const perSequence = (tokensPerStep * freshTokens) / outputTokens
    const budget = batchTokens * this.deployment.replicas
    return this.#most(Math.floor(budget / (1 + drafted + perSequence)), (sequences) =>
      this.#stepS(sequences, Math.round(sequences * perSequence)),
    )
  }

  /** Of one that only decodes. */
  decode(): Capacity {
    const most = Math.floor(
      (this.batching.batchTokens * this.deployment.replicas) / (1 + this.batching.drafted),
    )
    return this.#most(most, (sequences) => this.#stepS(sequences, 0))
  }

  /** Of one that only reads prompts: steps as full as they may be. */
  prefill(): Capacity {
    if (this.#isPromptTooLong()) return NOTHING
    const { freshTokens } = this.load
    const budget = this.batching.batchTokens * this.deployment.replicas
    const whole = Math.floor(budget / freshTokens) * freshTokens
    const tokens = this.deployment.pipelineStages * (whole > 0 ? whole : budget)
    const stepS = this.#stepS(0, tokens)
    return { requestsPerS: tokens / freshTokens / stepS, sequences: 0, stepS }
  }

  /** The rate at the most sequences that the limits allow; a step takes longer with each of them. */
  #most(budgeted: number, stepS: (sequences: number) => number): Capacity {
    const { outputTokens, mostTpotS } = this.load
    const { sequences, tokensPerStep } = this.batching
    const limitS = mostTpotS * tokensPerStep
    let low = 0
    let high = Math.min(this.#kvSequences, sequences * this.deployment.replicas, budgeted) + 1
    while (high - low > Math.max(1, low / 64)) {
      const middle = Math.floor((low + high) / 2)
      if (stepS(middle) <= limitS) low = middle
      else high = middle
    }
    if (low < 1) return NOTHING
    const atS = stepS(low)
    return {
      requestsPerS: (low * tokensPerStep) / (outputTokens * atS),
      sequences: low,
      stepS: atS,
    }
  }

  /** Whether an idle instance takes longer for a prompt than a limit allows. */
  #isPromptTooLong(): boolean {
    return this.load.prompts.some(({ tokens, mostS }) => this.#promptS(tokens) > mostS)
  }

  /** Seconds of one prompt on an idle instance. */
  #promptS(inputTokens: number): number {
    let seconds = this.deployment.engine.frontend.requestNs / 1e9
    for (let done = 0; done < inputTokens; done += this.batching.batchTokens) {
      const tokens = Math.min(this.batching.batchTokens, inputTokens - done)
      this.#batch.clear()
      this.#batch.addPrefill(tokens, done, inputTokens)
      seconds += this.deployment.stepTime.stepNs(this.#batch) / 1e9
    }
    return seconds
  }

  /** A step of so many sequences and prompt tokens; each batch of a pipeline has its share of them. */
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
    for (let i = 0; i < share; i++) batch.addDecode(context, 1 + this.batching.drafted)
    return stepTime.stepNs(batch) / 1e9
  }
}
