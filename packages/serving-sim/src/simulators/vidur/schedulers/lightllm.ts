// LightLLM: blocks of one token, and a forecast of the tokens that all admitted requests will hold
// at their worst moment decides whether another may join.
import { ServingError } from '../../../errors.js'
import type { VidurSequence } from '../sequence.js'
import { type Draft, draftOf, type Replica, type ReplicaScheduler, wholeTokens } from './replica.js'

/** Tokens that a request holds, and tokens that it will still generate. */
type Forecast = [held: number, left: number]

export class LightLlmScheduler implements ReplicaScheduler {
  private waitedIters = 0

  /** @throws ServingError `unsupported` for blocks of several tokens or a pipeline */
  constructor(readonly replica: Replica) {
    if (replica.limits.blockSize !== 1 || replica.limits.pipelineStages !== 1) {
      throw new ServingError(
        'unsupported',
        'the lightllm scheduler needs blockSize 1 and a single pipeline stage',
      )
    }
  }

  next(): Draft | null {
    const { replica } = this
    if (replica.running.length === 0) {
      const batch = this.prefillBatch()
      if (batch !== null) this.waitedIters = 0
      return batch
    }
    if (this.waitedIters >= replica.limits.maxWaitingIters) {
      this.waitedIters = 0
      const batch = this.prefillBatch()
      if (batch !== null) return batch
    }
    if (replica.freeBlocks < replica.running.length) {
      // Vidur ends with an exception here.
      replica.stuck = 'lightllm ran out of KV blocks while decoding; raise numBlocks'
      return null
    }
    this.waitedIters++
    const sequences = replica.running.splice(0)
    for (const sequence of sequences) replica.allocate(sequence, 1)
    return draftOf(sequences, sequences.map(wholeTokens))
  }

  onBatchEnd(draft: Draft): void {
    this.replica.takeBack(draft)
  }

  private prefillBatch(): Draft | null {
    const { replica } = this
    const { limits, queue } = replica
    const forecasts = replica.running.map(forecast)
    const sequences: VidurSequence[] = []
    const tokens: number[] = []
    let total = 0
    while (queue.length > 0) {
      const sequence = queue.first!
      const next = wholeTokens(sequence)
      if (total + next > limits.maxTokensInBatch) break
      if (replica.blocksOf.size === limits.batchSizeCap) break
      if (sequences.length === replica.microBatchSize) break
      forecasts.push(forecast(sequence))
      if (peak(forecasts) >= limits.numBlocks) break
      queue.shift()
      replica.allocate(sequence, sequence.prefillTokens)
      sequences.push(sequence)
      tokens.push(next)
      total += next
    }
    return draftOf(sequences, tokens)
  }
}

function forecast(sequence: VidurSequence): Forecast {
  const decoded = Math.max(sequence.processed - sequence.prefillTokens, 0)
  return sequence.scheduled
    ? [sequence.processed, Math.max(0, sequence.decodeTokens - decoded - 1)]
    : [sequence.prefillTokens + 1, Math.max(0, sequence.decodeTokens - 2)]
}

/** Most tokens held at once: when the i-th longest request ends, i requests have grown by as much. */
function peak(forecasts: Forecast[]): number {
  forecasts.sort((a, b) => b[1] - a[1])
  let held = 0
  let most = 0
  for (const [i, [tokens, left]] of forecasts.entries()) {
    held += tokens
    most = Math.max(most, left * (i + 1) + held)
  }
  return most
}
