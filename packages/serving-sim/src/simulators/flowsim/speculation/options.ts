import type { StepTimeModel } from '@flowsim/trace-schema'

/** How tokens are drafted and accepted on an instance. */
export interface SpeculationOptions {
  method: string
  /** Drafted tokens of a sequence that a step verifies. */
  tokens: number
  /** Tokens of a sequence in each draft pass after the first, which reads what the step has read. */
  passes: readonly number[]
  /** Chances that at least the first 1, 2, … positions are accepted. */
  reach: readonly number[]
  /** Share of steps for which a sequence gets a draft: n-grams may find none. */
  draftedShare: number
  /** Time of a draft pass; null: nothing runs on the devices. */
  drafter: StepTimeModel | null
  /** Nanoseconds of the host for the drafts of a step, in which the devices wait. */
  hostNs: number
  /** Most running sequences with which anything is drafted; Infinity: always. */
  maxBatch: number
  seed: number
}
