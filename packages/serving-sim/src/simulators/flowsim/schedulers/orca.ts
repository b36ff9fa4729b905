// Orca: each step has one token of every running request and whole prompts of new ones, which get
// blocks for everything they will ever hold, so that nothing is preempted.
// Source: Yu et al., "Orca" (OSDI 2022).
import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { SchedulerOptions } from '../options.js'
import type { Scheduler } from './scheduler.js'

export class OrcaScheduler implements Scheduler {
  readonly wholePrompts = false

  constructor(private readonly options: SchedulerOptions) {}

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const limit = instance.batchLimit
    for (const sequence of instance.running) {
      if (plan.sequences.length >= limit) return
      if (sequence.scheduled === 0) plan.add(sequence, sequence.wanted)
    }
    const rule = { whole: true, reserve: 'full' } as const
    while (plan.sequences.length < Math.min(limit, this.options.maxNumSeqs)) {
      if (!instance.admitFirst(plan, now, Number.POSITIVE_INFINITY, rule)) return
    }
  }
}
