// SGLang: a step either prefills or decodes, and prefills go first. Prompts are cut at the token budget;
// the one that was cut goes on before others start. While prompts wait and fit, nothing decodes.
//
// A request is admitted when its whole prompt has blocks. SGLang also keeps room for a share of what
// running requests will generate, and adapts that share; here the watermark does that. With
// `--scheduler-recv-interval` (here `maxWaitingSteps`) it looks for new requests only every so many steps
// of decoding.
// Source: SGLang's scheduler, 0.5 (chunked prefill without mixed chunks, its default).
import type { AdmissionRule } from '../instance/batch-admission.js'
import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { SchedulerOptions } from '../options.js'
import type { Scheduler } from './scheduler.js'

const RULE: AdmissionRule = { whole: false, reserve: 'prompt' }

export class SglangScheduler implements Scheduler {
  readonly wholePrompts = false
  private decodeSteps = 0

  constructor(private readonly options: SchedulerOptions) {}

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const { maxNumBatchedTokens, maxWaitingSteps } = this.options
    const before = instance.preemptions
    instance.swapIn(plan)
    this.scheduleRunning(instance, plan, true)
    const limit = instance.batchLimit
    const looks = this.decodeSteps >= maxWaitingSteps || instance.running.length === 0
    const isShort = instance.preemptions > before || instance.isShort
    while (looks && !isShort && plan.sequences.length < limit) {
      const budget = maxNumBatchedTokens - plan.tokens
      if (!instance.admitFirst(plan, now, budget, RULE)) break
    }
    if (plan.sequences.length > 0) {
      this.decodeSteps = maxWaitingSteps
      return
    }
    this.decodeSteps = looks ? 1 : this.decodeSteps + 1
    this.scheduleRunning(instance, plan, false)
  }

  /** @param prefilling requests whose prompts are not done, or those that decode */
  private scheduleRunning(instance: Instance, plan: StepPlan, prefilling: boolean): void {
    const { maxNumBatchedTokens } = this.options
    const limit = instance.batchLimit
    const { running } = instance
    for (let i = 0; i < running.length && plan.sequences.length < limit; i++) {
      const sequence = running[i]!
      if (sequence.scheduled > 0) continue
      const { todo } = sequence
      if (prefilling === (todo === 1 && sequence.emitted > 0)) continue
      const tokens = prefilling
        ? Math.min(todo, maxNumBatchedTokens - plan.tokens)
        : sequence.wanted
      if (tokens <= 0) return
      if (!instance.include(sequence, tokens, plan)) return
      if (running[i] !== sequence) i = running.indexOf(sequence)
    }
  }
}
