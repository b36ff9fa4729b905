// The time in which the drafts for the next step are made. The first pass reads what the step has read, so that the
// drafter knows it too, and drafts the first token; each further one reads what the pass before drafted.
//
// Source: vLLM's proposer for EAGLE and draft models (V1), SGLang's EAGLE worker.
import { StepBatch } from '@flowsim/trace-schema'
import type { SpeculationOptions } from './options.js'

export class DraftPasses {
  private readonly first = new StepBatch()
  private readonly later = new StepBatch()

  constructor(private readonly options: Pick<SpeculationOptions, 'drafter' | 'passes'>) {}

  /** Nanoseconds of the passes after a step of the model. */
  timeNs(step: StepBatch): number {
    const { drafter, passes } = this.options
    if (drafter === null) return 0
    const { first } = this
    first.clear()
    first.launch = step.launch
    for (let i = 0; i < step.prefills; i++) {
      first.addPrefill(step.prefillTokens[i]!, step.prefillContext[i]!, step.prefillPrompt[i]!)
    }
    // Rejected tokens are read too: the shape of a pass does not depend on what was accepted.
    for (let i = 0; i < step.decodes; i++) {
      first.addDecode(step.decodeContext[i]!, step.decodeTokens[i]!, 1)
    }
    let ns = drafter.stepNs(first)
    for (const tokens of passes) ns += this.laterNs(step, drafter, tokens)
    return ns
  }

  /** A pass over the tokens that the one before has drafted for each sequence. */
  private laterNs(
    step: StepBatch,
    drafter: NonNullable<SpeculationOptions['drafter']>,
    tokens: number,
  ): number {
    const { later } = this
    later.clear()
    for (let i = 0; i < step.prefills; i++) {
      const known = step.prefillTokens[i]! + step.prefillContext[i]!
      if (known >= step.prefillPrompt[i]!) later.addDecode(known, tokens)
    }
    for (let i = 0; i < step.decodes; i++) {
      later.addDecode(step.decodeContext[i]! + step.decodeTokens[i]!, tokens)
    }
    return later.decodes === 0 ? 0 : drafter.stepNs(later)
  }
}
