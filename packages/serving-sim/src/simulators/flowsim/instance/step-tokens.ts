// What a step gives its requests when it ends: their tokens, the gaps since the tokens before, drafts for the next
// step, and for some of them the end.
import { WeightedSamples } from '../../../core/weighted-samples.js'
import type { Sequence } from '../sequence.js'
import type { HeldRequests } from './held-requests.js'
import type { StepPlan } from './step-plan.js'

export class StepTokens {
  /** Gaps between tokens. */
  readonly itl = new WeightedSamples()
  /** Tokens generated. */
  emitted = 0
  /** Requests that left with the last step. */
  finishedLast = 0
  // Most requests of a step have waited equally long, so that equal gaps in a row count as one sample.
  private gap = -1
  private gapCount = 0

  constructor(private readonly held: HeldRequests) {}

  /** Hands out the tokens of a step; `plan.tokens` says how many. */
  emit(plan: StepPlan, now: number): void {
    this.finishedLast = 0
    let tokens = 0
    for (const sequence of plan.sequences) {
      const accepted = this.endDraft(sequence)
      if (sequence.aborted) {
        this.finish(sequence, 'timed_out', now)
        continue
      }
      if (sequence.computed < sequence.known) continue
      const count = accepted === 0 ? 1 : Math.min(1 + accepted, this.left(sequence))
      sequence.emitted += count
      sequence.computed += count - 1
      tokens += count
      this.held.fair?.charge(sequence, 0, count)
      if (sequence.firstTokenNs < 0) sequence.firstTokenNs = now
      else this.addGap((now - sequence.lastTokenNs) / count, count)
      sequence.lastTokenNs = now
      this.settle(sequence, now)
      if (plan.drafts && sequence.state === 'running') this.held.drafting!.draft(sequence)
    }
    this.flushGaps()
    this.emitted += tokens
    plan.tokens = tokens
    if (this.finishedLast > 0) this.held.compact()
  }

  /** Counts what a request has computed, drafts aside; how many of those are accepted. */
  private endDraft(sequence: Sequence): number {
    const { scheduled, drafted } = sequence
    sequence.scheduled = 0
    sequence.computed += scheduled - drafted
    if (drafted === 0) return 0
    const accepted = this.held.drafting!.verify(sequence)
    sequence.drafted = 0
    return accepted
  }

  /** Tokens that a request may still generate. */
  private left({ outputTokens, emitted, known }: Sequence): number {
    const { maxModelLen } = this.held.options.scheduler
    const left = Math.max(1, outputTokens - emitted)
    return maxModelLen > 0 ? Math.min(left, maxModelLen - known) : left
  }

  /** Lets a request go that has all its tokens, or its prompt where that is all this instance computes. */
  private settle(sequence: Sequence, now: number): void {
    const { options, kv, events } = this.held
    const { maxModelLen } = options.scheduler
    if (sequence.emitted >= sequence.outputTokens) {
      this.finish(sequence, 'completed', now)
    } else if (maxModelLen > 0 && sequence.known >= maxModelLen) {
      this.finish(sequence, 'length_capped', now)
    } else if (options.role === 'prefill') {
      sequence.state = 'handing_over'
      sequence.lent = kv.lend(sequence)
      this.finishedLast++
      events.prefilled(sequence, now)
    }
  }

  private finish(
    sequence: Sequence,
    state: 'completed' | 'length_capped' | 'timed_out',
    now: number,
  ): void {
    this.finishedLast++
    this.held.finish(sequence, state, now)
  }

  /** Tokens that come together share the gap before them, as SGLang's bench_serving counts them. */
  private addGap(gap: number, count: number): void {
    if (gap !== this.gap) {
      this.flushGaps()
      this.gap = gap
    }
    this.gapCount += count
  }

  private flushGaps(): void {
    if (this.gapCount > 0) this.itl.add(this.gap, this.gapCount)
    this.gapCount = 0
  }
}
