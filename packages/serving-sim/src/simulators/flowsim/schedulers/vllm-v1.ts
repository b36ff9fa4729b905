// vLLM V1, and Sarathi: a token budget for each step. Running requests come first, in their order,
// then waiting ones, prompts in chunks; nothing is admitted in a step that had to preempt.
//
// `vllm-v1` gives a new request blocks for its first chunk only; `sarathi` for its whole prompt, and
// decodes go before chunks. `mixed` never splits a prompt. `free-decodes` does not count decodes
// against the budget. With `balanceSteps`, prompts wait until there is one for each replica of the attention.
// Source: vLLM's V1 scheduler (0.6 to 0.11); Agrawal et al., "Sarathi-Serve" (OSDI 2024); TensorRT-LLM,
// attention_dp_config (enable_balance, timeout_iters).
import type { AdmissionRule } from '../instance/batch-admission.js'
import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { SchedulerOptions } from '../options.js'
import type { Sequence } from '../sequence.js'
import type { Scheduler } from './scheduler.js'

export class ChunkedScheduler implements Scheduler {
  readonly wholePrompts: boolean
  private readonly rule: AdmissionRule
  private readonly decodesFirst: boolean
  private readonly decodesAreFree: boolean
  /** Steps for which the first prompts have waited for others. */
  private waited = 0

  constructor(private readonly options: SchedulerOptions) {
    const { policy } = options
    this.wholePrompts = policy === 'mixed'
    this.decodesFirst = policy === 'sarathi'
    this.decodesAreFree = policy === 'free-decodes'
    this.rule = {
      whole: this.wholePrompts,
      reserve: policy === 'sarathi' || policy === 'mixed' ? 'prompt' : 'chunk',
    }
  }

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const { maxNumBatchedTokens } = this.options
    const before = instance.preemptions
    instance.swapIn(plan)
    if (this.decodesFirst) {
      this.scheduleRunning(instance, plan, true)
      this.scheduleRunning(instance, plan, false)
    } else {
      this.scheduleRunning(instance, plan, null)
    }
    if (instance.preemptions > before || instance.isShort || this.waitsForOthers(instance)) return
    const limit = instance.batchLimit
    while (plan.sequences.length < limit) {
      const budget = maxNumBatchedTokens - this.spent(plan)
      if (!instance.admitFirst(plan, now, budget, this.rule)) return
    }
  }

  /** Whether replicas would have nothing to prefill in this step, and there is time to wait for it. */
  private waitsForOthers({ waiting, running, options }: Instance): boolean {
    const { balanceSteps } = this.options
    const { replicas } = options.kv
    const { first } = waiting
    // What was computed elsewhere has nothing to prefill, and does not wait.
    const prefills = first !== undefined && first.computed === 0
    const isEven = waiting.length >= replicas || running.length < replicas
    if (!prefills || isEven || this.waited >= balanceSteps) {
      this.waited = 0
      return false
    }
    this.waited++
    return true
  }

  /** @param decoding only requests that decode, only those that do not, or all */
  private scheduleRunning(instance: Instance, plan: StepPlan, decoding: boolean | null): void {
    const { maxNumBatchedTokens, longPrefillTokenThreshold: threshold } = this.options
    const limit = instance.batchLimit
    const { running } = instance
    let budget = maxNumBatchedTokens - this.spent(plan)
    for (let i = 0; i < running.length && budget > 0; i++) {
      if (plan.sequences.length >= limit) return
      const sequence = running[i]!
      if (sequence.scheduled > 0) continue
      let tokens = sequence.wanted
      const isDecode = sequence.todo === 1 && sequence.emitted > 0
      if (decoding !== null && decoding !== isDecode) continue
      if (threshold > 0 && tokens > threshold) tokens = threshold
      if (tokens > budget) {
        const isWhole = this.wholePrompts && !isDecode
        if (isWhole && plan.sequences.length > 0) continue
        if (!isWhole) tokens = budget
      }
      if (!instance.include(sequence, tokens, plan)) return
      // A preemption by priority may have taken out requests before this one.
      if (running[i] !== sequence) i = running.indexOf(sequence)
      budget -= this.cost(sequence)
    }
  }

  private spent(plan: StepPlan): number {
    if (!this.decodesAreFree) return plan.tokens
    let tokens = 0
    for (const sequence of plan.sequences) tokens += this.cost(sequence)
    return tokens
  }

  /** Tokens of a planned request that count against the budget. */
  private cost({ scheduled, drafted }: Sequence): number {
    return this.decodesAreFree && scheduled - drafted === 1 ? 0 : scheduled
  }
}
