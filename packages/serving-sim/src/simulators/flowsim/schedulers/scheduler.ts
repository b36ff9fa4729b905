import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'

/** Decides what the next step of an instance computes. */
export interface Scheduler {
  /** Whether prompts are never split, so that one beyond the token budget can never run. */
  readonly wholePrompts: boolean

  /** Adds requests to an empty plan; leaves it empty if nothing can run. */
  schedule(instance: Instance, plan: StepPlan, now: number): void
}
