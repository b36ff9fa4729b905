// Static batching, as FasterTransformer does it: a batch of requests is prefilled together and
// decodes until all have finished; only then the next one forms. Blocks of those that finish early
// are free again at once.
// `reallm-baseline` has no limit on its size.
import type { Instance } from '../instance.js'
import type { SchedulerOptions } from '../options.js'
import type { StepPlan } from '../step-plan.js'
import type { Scheduler } from './scheduler.js'

const RULE = { whole: true, reserve: 'full' } as const

export class StaticScheduler implements Scheduler {
  readonly wholePrompts = false

  constructor(private readonly options: SchedulerOptions) {}

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const { running } = instance
    if (running.length > 0) {
      for (const sequence of running) {
        if (sequence.scheduled === 0) plan.add(sequence, sequence.todo)
      }
      return
    }
    const limit = this.options.policy === 'static' ? instance.batchLimit : Number.POSITIVE_INFINITY
    while (plan.sequences.length < limit) {
      if (!instance.admitFirst(plan, now, Number.POSITIVE_INFINITY, RULE)) return
    }
  }
}
