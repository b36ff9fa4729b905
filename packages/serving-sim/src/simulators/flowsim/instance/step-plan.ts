import type { StepBatch } from '@flowsim/trace-schema'
import type { Sequence } from '../sequence.js'

/** The requests of one step; `scheduled` of each says how many tokens. Reused. */
export class StepPlan {
  readonly sequences: Sequence[] = []
  /** New tokens so far. */
  tokens = 0
  /** Device time besides the model's: copies between host and device, adapters, images. */
  besideNs = 0
  /** Host time that passes while the model runs, and before tokens are sampled. */
  duringNs = 0
  startNs = 0
  durationNs = 0
  /** Whether tokens are drafted in it for the next step. */
  drafts = false

  clear(): void {
    this.sequences.length = 0
    this.tokens = 0
    this.besideNs = 0
    this.duringNs = 0
    this.drafts = false
  }

  /** @param tokens where there are fewer than the request wants, drafted ones are left out first */
  add(sequence: Sequence, tokens: number): void {
    if (sequence.drafted > 0) sequence.drafted = Math.max(0, tokens - sequence.todo)
    sequence.scheduled = tokens
    this.sequences.push(sequence)
    this.tokens += tokens
  }

  /** Takes a request out that lost its blocks after it was added. */
  remove(sequence: Sequence): void {
    this.tokens -= sequence.scheduled
    sequence.scheduled = 0
    this.sequences.splice(this.sequences.indexOf(sequence), 1)
  }

  /** Describes the step to step-time models. */
  fill(batch: StepBatch): void {
    batch.clear()
    for (const sequence of this.sequences) {
      const tokens = sequence.scheduled
      if (sequence.isDecoded) batch.addDecode(sequence.computed, tokens)
      else batch.addPrefill(tokens, sequence.computed, sequence.known)
    }
  }
}
