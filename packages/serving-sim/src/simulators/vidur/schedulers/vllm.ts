// vLLM as of 2023: prompts go first and alone; otherwise every running request generates a token.
import type { VidurSequence } from '../sequence.js'
import {
  byArrival,
  type Draft,
  draftOf,
  type Replica,
  type ReplicaScheduler,
  wholeTokens,
} from './replica.js'

export class VllmScheduler implements ReplicaScheduler {
  constructor(readonly replica: Replica) {}

  next(): Draft | null {
    return this.prefillBatch() ?? this.decodeBatch()
  }

  onBatchEnd(draft: Draft): void {
    this.replica.takeBack(draft)
  }

  private prefillBatch(): Draft | null {
    const { replica } = this
    const { limits, queue } = replica
    const sequences: VidurSequence[] = []
    const tokens: number[] = []
    let longest = 0
    while (queue.length > 0) {
      const sequence = queue.first!
      if (!replica.hasRoomFor(sequence)) break
      const next = wholeTokens(sequence)
      // The batch counts as if padded to its longest prompt.
      const padded = (tokens.length + 1) * Math.max(longest, next)
      if (padded > limits.maxTokensInBatch) break
      if (replica.blocksOf.size === limits.batchSizeCap) break
      if (sequences.length === replica.microBatchSize) break
      queue.shift()
      replica.grow(sequence)
      sequences.push(sequence)
      tokens.push(next)
      longest = Math.max(longest, next)
    }
    return draftOf(sequences, tokens)
  }

  private decodeBatch(): Draft | null {
    const { replica } = this
    const sequences: VidurSequence[] = []
    const tokens: number[] = []
    replica.running.sort(byArrival)
    while (replica.running.length > 0 && sequences.length < replica.microBatchSize) {
      const sequence = replica.running.shift()!
      if (!replica.makeRoom(sequence)) continue
      replica.grow(sequence)
      sequences.push(sequence)
      tokens.push(wholeTokens(sequence))
    }
    return draftOf(sequences, tokens)
  }
}
