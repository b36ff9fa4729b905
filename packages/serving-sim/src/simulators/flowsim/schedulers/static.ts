// Static batching, as FasterTransformer does it: a batch of requests is prefilled together and
// decodes until all have finished; only then the next one forms. Blocks of those that finish early
// are free again at once.
import type { Instance } from '../instance/instance.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { Scheduler } from './scheduler.js'

const RULE = { whole: true, reserve: 'full' } as const

export class StaticScheduler implements Scheduler {
  readonly wholePrompts = false

  schedule(instance: Instance, plan: StepPlan, now: number): void {
    plan.startNs = now
    const { running } = instance
    if (running.length > 0) {
      for (const sequence of running) {
        if (sequence.scheduled === 0) plan.add(sequence, sequence.wanted)
      }
      return
    }
    while (plan.sequences.length < instance.batchLimit) {
      if (!instance.admitFirst(plan, now, Number.POSITIVE_INFINITY, RULE)) return
    }
  }
}
