// The most requests a second that an instance can serve, by what its steps take: no waiting, no bursts, so more than
// any simulation reaches.
//
// In the steady state an instance has B sequences that decode, each of which gets e tokens a step, so that a request
// of O output tokens takes O/e steps, and B·e/O requests end in each. As many begin: B·e·L/O prompt tokens are in each
// step, where L are those of a prompt that no cache holds. With T(B) the time of that step the rate is B·e / (O·T(B)),
// where T(B) is at most the limit of TPOT times e, B at most what the KV cache holds, and the tokens of a step at most
// its budget.
import type { Deployment } from '@flowsim/serving-sim'
import type { Load } from './load.js'
import type { ScreenTimes } from './screen-times.js'

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
  readonly #kvSequences: number

  /** @throws ServingError `model_does_not_fit` */
  constructor(
    private readonly deployment: Deployment,
    private readonly load: Load,
    private readonly batching: Batching,
    private readonly times: ScreenTimes,
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
    if (this.times.isPromptTooLong) return NOTHING
    const { drafted, tokensPerStep, batchTokens } = this.batching
    const perSequence = (tokensPerStep * freshTokens) / outputTokens
    const budget = batchTokens * this.deployment.replicas
    return this.#most(Math.floor(budget / (1 + drafted + perSequence)), (sequences) =>
      this.times.stepS(sequences, Math.round(sequences * perSequence)),
    )
  }

  /** Of one that only decodes. */
  decode(): Capacity {
    const most = Math.floor(
      (this.batching.batchTokens * this.deployment.replicas) / (1 + this.batching.drafted),
    )
    return this.#most(most, (sequences) => this.times.stepS(sequences, 0))
  }

  /** Of one that only reads prompts: steps as full as they may be. */
  prefill(): Capacity {
    if (this.times.isPromptTooLong) return NOTHING
    const { freshTokens } = this.load
    const budget = this.batching.batchTokens * this.deployment.replicas
    const whole = Math.floor(budget / freshTokens) * freshTokens
    const tokens = this.deployment.pipelineStages * (whole > 0 ? whole : budget)
    const stepS = this.times.stepS(0, tokens)
    return { requestsPerS: tokens / freshTokens / stepS, sequences: 0, stepS }
  }

  /** The rate at the most sequences that the limits allow; a step takes longer with each of them. */
  #most(budgeted: number, stepS: (sequences: number) => number): Capacity {
    const { outputTokens, mostTpotS } = this.load
    const { sequences, tokensPerStep } = this.batching
    const room = Math.min(this.#kvSequences, sequences * this.deployment.replicas, budgeted)
    const most = mostWithin(room, this.deployment.replicas, mostTpotS * tokensPerStep, stepS)
    if (most === undefined) return NOTHING
    return {
      requestsPerS: (most.sequences * tokensPerStep) / (outputTokens * most.stepS),
      ...most,
    }
  }
}

/** Sequences of a replica at a place of the grid: 1 to 32, then 32 to an octave, as times of steps are tabulated. */
function onGrid(place: number): number {
  return place < 32 ? place + 1 : (33 + (place % 32)) * 2 ** (Math.floor(place / 32) - 1)
}

/** Places of the grid, up to 2 million sequences of a replica. */
const PLACES = 512

/**
 * The most sequences, up to `room`, whose step takes at most `limitS`; undefined: not even one.
 *
 * All deployments are asked for the same numbers of sequences of a replica, so that they share times of operations. The
 * answer lies between two of them, where times of steps are lines.
 */
export function mostWithin(
  room: number,
  replicas: number,
  limitS: number,
  stepS: (sequences: number) => number,
): { sequences: number; stepS: number } | undefined {
  if (!(room >= 1)) return undefined
  let [low, lowS] = [1, Number.NaN]
  let [high, highS] = [Number.POSITIVE_INFINITY, Number.NaN]
  let from = -1
  for (let to = PLACES; to - from > 1; ) {
    const place = (from + to) >> 1
    const sequences = replicas * onGrid(place)
    // Without a limit, infinitely long would do.
    const seconds = sequences > room ? Number.NaN : stepS(sequences)
    if (seconds <= limitS) [from, low, lowS] = [place, sequences, seconds]
    else {
      to = place
      if (sequences <= room) [high, highS] = [sequences, seconds]
    }
  }
  if (high > room && room > low) [high, highS] = [room, stepS(room)]
  if (highS <= limitS) return { sequences: high, stepS: highS }
  if (from < 0) {
    lowS = stepS(1)
    return lowS <= limitS ? { sequences: 1, stepS: lowS } : undefined
  }
  if (!(highS > lowS)) return { sequences: low, stepS: lowS }
  const more = Math.floor(((limitS - lowS) / (highS - lowS)) * (high - low))
  return { sequences: low + more, stepS: lowS + (more / (high - low)) * (highS - lowS) }
}
