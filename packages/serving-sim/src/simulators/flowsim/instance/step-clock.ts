// How long a step takes: the device's time, what the host adds to it or hides behind the step before, and the
// stages of the pipeline that it passes.
import type { StepBatch } from '@flowsim/trace-schema'
import type { InstanceOptions } from '../options.js'
import type { Drafting } from '../speculation/drafting.js'
import { StepGraphs } from './step-graphs.js'
import type { StepPlan } from './step-plan.js'
import { UseTally } from './use-tally.js'

export class StepClock {
  readonly use: UseTally
  private readonly graphs: StepGraphs
  /** When each pipeline stage is free. */
  private readonly stageFreeNs: number[]
  private lastEndNs = -1

  constructor(
    private readonly options: InstanceOptions,
    private readonly drafting: Drafting | null,
  ) {
    this.use = new UseTally(options.device)
    this.graphs = new StepGraphs(options.graphs, options.kv.replicas)
    this.stageFreeNs = new Array(options.pipelineStages).fill(0)
  }

  /** When the step that has started could be followed by another one in the pipeline. */
  get nextStartNs(): number {
    return this.stageFreeNs[0]!
  }

  /**
   * Nanoseconds of a step that starts now.
   * @param plan what its requests need besides the model, and whether it drafts for the next step
   * @param follows whether another step is in the pipeline
   */
  start(
    batch: StepBatch,
    plan: Pick<StepPlan, 'besideNs' | 'duringNs' | 'drafts'>,
    follows: boolean,
    now: number,
  ): number {
    const { stepTime, cpuOverhead } = this.options
    this.graphs.apply(batch)
    const hostNs =
      cpuOverhead.perStepNs +
      cpuOverhead.perSequenceNs * batch.size +
      (stepTime.hostNs?.(batch) ?? 0)
    const draftNs = plan.drafts ? this.drafting!.stepNs(batch) : 0
    const modelNs = Math.max(stepTime.stepNs(batch), plan.duringNs)
    const deviceNs = modelNs + plan.besideNs + draftNs
    const hides = cpuOverhead.overlapped && (this.lastEndNs === now || follows)
    const stepNs = hides ? Math.max(hostNs, deviceNs) : hostNs + deviceNs
    this.use.add(batch, stepNs / this.stageFreeNs.length)
    return this.passStages(now, Math.max(1, Math.round(stepNs))) - now
  }

  /** The oldest step has ended. */
  end(now: number): void {
    this.lastEndNs = now
  }

  /** Time at which a step of `stepNs` that starts now leaves the last stage. */
  private passStages(now: number, stepNs: number): number {
    const stages = this.stageFreeNs
    const perStage = stepNs / stages.length
    let at = now
    for (let i = 0; i < stages.length; i++) {
      at = Math.max(at, stages[i]!) + perStage
      stages[i] = at
    }
    return stages.length === 1 ? now + stepNs : Math.round(at)
  }
}
