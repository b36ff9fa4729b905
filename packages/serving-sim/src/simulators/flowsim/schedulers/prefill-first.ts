// Continuous batching with prefills first, as in vLLM V0: a step is either whole prompts or one
// token of every running request.
//
// `vllm-v0` admits as long as blocks above the watermark, the token budget and the batch last.
// `lightllm` prefills only every so many steps, and only if the tokens that all admitted requests
// will hold at their worst moment fit.
// Source: vLLM's V0 scheduler; LightLLM's router.
import type { AdmissionRule } from '../instance/batch-admission.js'
import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { SchedulerOptions } from '../options.js'
import type { Sequence } from '../sequence.js'
import type { Scheduler } from './scheduler.js'

const RULE: AdmissionRule = { whole: true, reserve: 'prompt' }

export class PrefillFirstScheduler implements Scheduler {
  readonly wholePrompts = true
  private decodeSteps = 0
  private readonly forecasts: boolean

  constructor(private readonly options: SchedulerOptions) {
    this.forecasts = options.policy === 'lightllm'
  }

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const { running } = instance
    const patient = this.forecasts && this.decodeSteps < this.options.maxWaitingSteps
    if (instance.swapped.length > 0) instance.swapIn(plan)
    else if (running.length === 0 || !patient) this.prefill(instance, plan, now)
    if (plan.sequences.length > 0) {
      this.decodeSteps = 0
      return
    }
    const limit = instance.batchLimit
    for (let i = 0; i < running.length && plan.sequences.length < limit; i++) {
      const sequence = running[i]!
      if (sequence.scheduled > 0) continue
      const tokens = sequence.wanted
      if (!instance.reserve(sequence, tokens, plan)) {
        // If it had to go, those behind it have gone before it.
        if (running[i] !== sequence) i--
        continue
      }
      if (running[i] !== sequence) i = running.indexOf(sequence)
      plan.add(sequence, tokens)
    }
    this.decodeSteps++
  }

  private prefill(instance: Instance, plan: StepPlan, now: number): void {
    const limit = instance.batchLimit
    while (plan.sequences.length < limit) {
      const next = instance.waiting.first
      if (next === undefined) return
      if (this.forecasts && instance.running.length > 0 && !fits(instance, next)) return
      if (!instance.admitFirst(plan, now, this.options.maxNumBatchedTokens - plan.tokens, RULE))
        return
    }
  }
}

/**
 * LightLLM's forecast: sorted by what they still generate, when the i-th request ends, i requests
 * have grown by as much; the peak over all i must fit.
 */
function fits(instance: Instance, next: Sequence): boolean {
  const tokens = [...instance.running, next].map((sequence) => ({
    held: Math.max(sequence.computed, sequence.known),
    left: Math.max(0, sequence.outputTokens - sequence.emitted - 1),
  }))
  tokens.sort((a, b) => b.left - a.left)
  let held = 0
  for (const [i, entry] of tokens.entries()) {
    held += entry.held
    if (held + entry.left * (i + 1) > instance.kv.blocks * instance.kv.blockSize) return false
  }
  return true
}
