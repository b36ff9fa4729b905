// A profile that was never taken: the kernels of expanded steps with the times that the caller gives
// them, on the timelines of all ranks of a stage, so that collectives start and end together.
import type { KernelTrace } from '@flowsim/trace-schema'
import { ModelGraphError } from '../errors.js'
import type { GraphOp, StepGraph } from '../graph.js'
import type { CommunicationGroup } from '../parallelism.js'
import { type Communicators, communicators } from './communicators.js'
import { ModuleNames } from './modules.js'
import { Noise } from './noise.js'
import type { PlanContext } from './plan.js'
import { planOperators } from './plan-operators.js'
import { type PlannedOp, Stage } from './stage.js'
import { HOST_TIMES, type HostTimes, RankTimeline } from './timeline.js'

/** What a synthesised trace is made with. */
export interface SynthOptions {
  /** Seconds that one run of an operation takes on the device, its launch left out. */
  timeOf: (op: GraphOp) => number
  /** The device, as a profiler reports it; an H100 SXM if absent. */
  device?: SynthDevice
  /** The only rank whose trace is wanted; all if absent. */
  rank?: number
  /**
   * Relative standard deviation of kernel times. Above 0, times on the CPU vary too, as in real
   * profiles, and ranks wait for each other. 0 if absent.
   */
  jitter?: number
  /** Seed of the noise; 0 if absent. */
  seed?: number
  /** Steps that only decode run as one CUDA graph, without operators. */
  graphs?: boolean
  /** Times on the CPU and between kernels, where they differ from the defaults. */
  host?: Partial<HostTimes>
  /** Name of the trace. */
  source?: string
}

/** A device as a profiler reports it. */
export interface SynthDevice {
  name: string
  computeUnits: number
  memoryBytes?: number
  computeCapability?: string
}

const H100: SynthDevice = {
  name: 'NVIDIA H100 80GB HBM3',
  computeUnits: 132,
  memoryBytes: 85_028_765_696,
  computeCapability: '9.0',
}
const FIRST_PID = 4000
const BASE_TIME_NS = '1760000000000000000'

/**
 * The traces of steps that run one after the other, one for each rank.
 * @param given - expanded steps of one model and parallelism; one stage where there are several
 * @throws {@link ModelGraphError} `invalid_option` for steps that are not expanded, several stages
 *   or a rank that there is not
 */
export function synthesizeTraces(
  given: StepGraph | readonly StepGraph[],
  options: SynthOptions,
): KernelTrace[] {
  const steps = Array.isArray(given) ? (given as readonly StepGraph[]) : [given as StepGraph]
  const { layout, model, stage: stageIndex } = checkSteps(steps)
  const device = options.device ?? H100
  const size = layout.tensor * layout.context * layout.data
  const first = (stageIndex ?? 0) * size
  const wanted = options.rank
  const keep = (rank: number) => wanted === undefined || rank === wanted
  if (wanted !== undefined && !(wanted >= first && wanted < first + size)) {
    throw invalid('rank', `is ${wanted}; the stage has ranks ${first} to ${first + size - 1}`)
  }
  const times = { ...HOST_TIMES, ...options.host }
  const jitter = options.jitter ?? 0
  // Without noise all ranks do the same at the same time, and only those that are kept are needed.
  const timelines = Array.from({ length: size }, (_, i) => first + i)
    .filter((rank) => jitter > 0 || keep(rank))
    .map((rank) => {
      const noise = new Noise(options.seed ?? 0, rank)
      return new RankTimeline(rank, FIRST_PID + rank, { keep: keep(rank), times, noise, jitter })
    })
  const groups = communicators(layout, first)
  const betweenStepsNs = Math.round(times.betweenStepsS * 1e9)
  const stage = new Stage(timelines, groups, betweenStepsNs, options.graphs ?? false)
  const context: PlanContext = {
    model,
    layout,
    generation: generationOf(device),
    computeUnits: device.computeUnits,
  }
  const names = new ModuleNames(model)
  const planned = new Map<StepGraph, PlannedOp[]>()
  for (const step of steps) {
    const ops = planned.get(step) ?? planStep(step, context, options, names)
    planned.set(step, ops)
    stage.run(step, ops)
  }
  const used = usedGroups(steps)
  return timelines.flatMap((timeline, i) => {
    if (!keep(timeline.rank)) return []
    const trace: KernelTrace = {
      schema: 'flowsim.kernel-trace/1',
      source: options.source ?? `${model.name}.rank${timeline.rank}`,
      format: 'synthetic',
      producer: { generator: 'FlowSim synth', record_shapes: 1, with_modules: 1 },
      devices: [{ id: timeline.device, warpSize: 32, ...device }],
      rank: timeline.rank,
      worldSize: layout.devices,
      processGroups: processGroups(groups, used, timeline.rank),
      baseTimeNs: BASE_TIME_NS,
      window: { startNs: 0, durationNs: timeline.host },
      eventCount: timeline.kernels.length,
      repairs: [],
      annotations: stage.annotations[i]!.sort((a, b) => a.startNs - b.startNs),
      hostCalls: timeline.hostCalls,
      kernels: timeline.kernels.sort((a, b) => a.startNs - b.startNs),
    }
    return [trace]
  })
}

function usedGroups(steps: readonly StepGraph[]): CommunicationGroup[] {
  const groups = new Set<CommunicationGroup>()
  for (const { ops } of steps)
    for (const { group } of ops) if (group !== undefined) groups.add(group)
  return [...groups]
}

/** The communicators of a rank that have other members. */
function processGroups(
  groups: Communicators,
  used: readonly CommunicationGroup[],
  rank: number,
): KernelTrace['processGroups'] {
  return used.map((kind) => groups[kind](rank)).filter(({ size }) => size > 1)
}

function checkSteps(steps: readonly StepGraph[]): StepGraph {
  const first = steps[0]
  if (first === undefined) throw invalid('steps', 'there are none')
  for (const step of steps) {
    if (!step.expanded) throw invalid('expand', 'is false; traces need every layer in turn')
    if (step.layout.pipeline > 1 && step.stage === null) {
      throw invalid('stage', 'is absent; a trace is of one stage of the pipeline')
    }
    if (step.layout.devices !== first.layout.devices || step.model.name !== first.model.name) {
      throw invalid('steps', 'are of different models or parallelism')
    }
  }
  return first
}

function planStep(
  step: StepGraph,
  context: PlanContext,
  { timeOf }: SynthOptions,
  names: ModuleNames,
): PlannedOp[] {
  const { batch, layout } = step
  const tokens = Math.ceil((batch.prefillTokens + batch.decodeTokens) / layout.context)
  const plans = step.ops.map((op) => {
    const seconds = timeOf(op)
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw invalid('timeOf', `gives ${seconds} for ${op.module} ${op.name}`)
    }
    return { op, seconds, operators: planOperators(op, tokens, context), modules: names.frames(op) }
  })
  return unroll(plans)
}

/** Operations that run several times in a layer, such as those of a ring, in rounds. */
function unroll(plans: readonly PlannedOp[]): PlannedOp[] {
  const result: PlannedOp[] = []
  for (let i = 0; i < plans.length; ) {
    const { count } = plans[i]!.op
    let end = i + 1
    while (count > 1 && end < plans.length && plans[end]!.op.count === count) end++
    for (let round = 0; round < count; round++) result.push(...plans.slice(i, end))
    i = end
  }
  return result
}

function generationOf({ computeCapability }: SynthDevice): PlanContext['generation'] {
  const major = Number(computeCapability?.split('.')[0] ?? 9)
  if (major >= 10) return 'blackwell'
  return major === 9 ? 'hopper' : 'ampere'
}

function invalid(field: string, problem: string): ModelGraphError {
  return new ModelGraphError('invalid_option', `${field}: ${problem}`, { path: field })
}
