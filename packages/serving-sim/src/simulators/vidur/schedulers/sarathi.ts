// Sarathi: every iteration has a budget of tokens; decoding requests take one each, what is left
// goes to chunks of prompts, running ones first.
import type { VidurSequence } from '../sequence.js'
import { byArrival, type Draft, draftOf, type Replica, type ReplicaScheduler } from './replica.js'

export class SarathiScheduler implements ReplicaScheduler {
  constructor(readonly replica: Replica) {}

  next(): Draft | null {
    const { replica } = this
    const { limits, queue } = replica
    const sequences: VidurSequence[] = []
    const tokens: number[] = []
    let used = 0
    const add = (sequence: VidurSequence, count: number) => {
      sequences.push(sequence)
      tokens.push(count)
      used += count
    }
    const chunk = (sequence: VidurSequence) =>
      Math.max(0, Math.min(sequence.prefillTokens - sequence.processed, limits.chunkSize - used))

    const prefilling: VidurSequence[] = []
    while (replica.running.length > 0 && sequences.length < replica.microBatchSize) {
      const sequence = replica.running.shift()!
      if (!sequence.prefillComplete) {
        prefilling.push(sequence)
      } else if (replica.makeRoom(sequence)) {
        replica.grow(sequence)
        add(sequence, 1)
      }
    }
    const skipped: VidurSequence[] = []
    for (const sequence of prefilling) {
      const count = chunk(sequence)
      if (count === 0) skipped.push(sequence)
      else add(sequence, count)
    }
    replica.running = [...skipped, ...replica.running].sort(byArrival)

    while (queue.length > 0) {
      const sequence = queue.first!
      if (replica.blocksOf.size === limits.batchSizeCap) break
      if (sequences.length === replica.microBatchSize) break
      if (!replica.hasRoomFor(sequence)) break
      const count = sequence.prefillComplete ? 1 : chunk(sequence)
      if (count === 0) break
      queue.shift()
      replica.grow(sequence)
      add(sequence, count)
    }
    return draftOf(sequences, tokens)
  }

  onBatchEnd(draft: Draft): void {
    this.replica.takeBack(draft)
  }
}
