// FasterTransformer: a batch runs until all its requests have finished; then the next one forms.
//
// Vidur frees a batch when its last iteration ends, and that iteration no longer holds requests
// which finished before: their blocks are never freed. Reproduced here, as what it simulates depends
// on it; FlowSim's `static` frees them.
import type { VidurSequence } from '../sequence.js'
import { type Draft, draftOf, type Replica, type ReplicaScheduler, wholeTokens } from './replica.js'

export class FasterTransformerScheduler implements ReplicaScheduler {
  private readonly unfinished: Draft[] = []

  constructor(readonly replica: Replica) {}

  next(): Draft | null {
    const again = this.unfinished.shift()
    if (again !== undefined) {
      const sequences = again.sequences.filter((sequence) => !sequence.completed)
      return draftOf(sequences, sequences.map(wholeTokens))
    }
    const { replica } = this
    const most = Math.min(replica.limits.maxBatchSize, replica.limits.batchSizeCap)
    const sequences: VidurSequence[] = []
    while (
      replica.queue.length > 0 &&
      sequences.length < most &&
      replica.freeBlocks >= replica.maxBlocksPerSequence
    ) {
      const sequence = replica.queue.shift()!
      replica.allocate(sequence, replica.maxBlocksPerSequence)
      sequences.push(sequence)
    }
    return draftOf(sequences, sequences.map(wholeTokens))
  }

  onBatchEnd(draft: Draft): void {
    if (draft.sequences.every((sequence) => sequence.completed)) {
      for (const sequence of draft.sequences) this.replica.free(sequence)
    } else {
      this.unfinished.push(draft)
    }
  }
}
