// Orca: an iteration holds a token of every running request and whole prompts of new ones, each of
// which reserves blocks for the longest request.
import type { VidurSequence } from '../sequence.js'
import { type Draft, draftOf, type Replica, type ReplicaScheduler, wholeTokens } from './replica.js'

export class OrcaScheduler implements ReplicaScheduler {
  constructor(readonly replica: Replica) {}

  next(): Draft | null {
    const { replica } = this
    const { queue, limits } = replica
    const most = Math.min(limits.maxBatchSize, limits.batchSizeCap)
    const sequences: VidurSequence[] = replica.running.splice(0, most)
    while (
      queue.length > 0 &&
      sequences.length < most &&
      replica.freeBlocks >= replica.maxBlocksPerSequence
    ) {
      const sequence = queue.shift()!
      replica.allocate(sequence, replica.maxBlocksPerSequence)
      sequences.push(sequence)
    }
    return draftOf(sequences, sequences.map(wholeTokens))
  }

  onBatchEnd(draft: Draft): void {
    this.replica.takeBack(draft)
  }
}
