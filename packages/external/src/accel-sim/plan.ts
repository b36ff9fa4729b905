// Which launches to simulate: cycle simulation takes minutes for what a GPU does in microseconds, so each kind of
// launch (name, grid, block, registers, shared memory) is simulated once, the dearest first, until they make up the
// wanted share of the kernel time or the budget is used up. All else keeps its measured or modelled time. A kernel that
// waits for other devices is never chosen: there is one device in the simulator, on which it would not end.
import { classify } from '@flowsim/kernel-db'
import type { KernelEvent, KernelTrace, Tensor } from '@flowsim/trace-schema'
import { z } from 'zod'
import { ExternalError } from '../errors.js'
import { type Extent, launchKey } from './launch-key.js'
import type { TracedLaunch } from './stats.js'

/** What is to be chosen. */
export interface AccelSimPlanOptions {
  /** Share of the kernel time that the chosen launches are to make up, above 0, at most 1. */
  topTime: number
  /** Most warp instructions to simulate; needs `stats`. */
  budgetWarpInstructions?: number | undefined
  /** The tracer's list of launches: tells numbers and instructions. */
  stats?: readonly TracedLaunch[] | undefined
}

const extent = z.tuple([z.number(), z.number(), z.number()])
/** Launches of a trace: more than one holds. */
const count = z.int().positive().max(1e9)
const launchSchema = z.object({
  name: z.string(),
  /** `null` where the trace does not tell it; such a launch is never chosen. */
  grid: extent.nullable(),
  block: extent.nullable(),
  registersPerThread: z.number().nullable(),
  sharedMemoryBytes: z.number().nullable(),
  /** Launches of the trace that this one stands for. */
  instances: count,
  /** Different shapes of operator arguments among them; 0 where none are recorded. */
  shapes: count.or(z.literal(0)).optional(),
  /** Time of all of them. */
  sumNs: z.number(),
  /** Of the time of all kernels. */
  timeShare: z.number(),
  /** Number for the tracer; `null` without its list. */
  launchNumber: count.nullable(),
  /** Of one launch; `null` where it is not known. */
  warpInstructions: z.number().nullable(),
})

/** Validates an {@link AccelSimPlan}. */
export const accelSimPlanSchema = z.object({
  schema: z.literal('flowsim.accel-sim-plan/1'),
  trace: z.string(),
  /** As far as the choice went, the dearest first. */
  chosen: z.array(launchSchema),
  /** Why some that would have been wanted are not among them. */
  leftOut: z.array(
    launchSchema.extend({
      reason: z.enum(['communicates', 'no_grid', 'over_budget', 'not_in_stats', 'ambiguous']),
    }),
  ),
  /** Share of the kernel time that the chosen ones stand for. */
  timeShare: z.number(),
  /** Warp instructions of the chosen ones; `null` where one is unknown. */
  warpInstructions: z.number().nullable(),
  /** Kinds of launches in the trace. */
  kinds: count.or(z.literal(0)),
  /** Variables that have the tracer record them; written with the plan by `flowsim external plan`. */
  environment: z.record(z.string(), z.string()).optional(),
})

/** A choice of launches. */
export type AccelSimPlan = z.infer<typeof accelSimPlanSchema>
/** One chosen launch. */
export type PlannedLaunch = z.infer<typeof launchSchema>

/**
 * Chooses launches of a trace.
 *
 * @throws ExternalError with code `nothing_chosen` where a trace has no kernels with a grid, or a budget pays for none
 */
export function planAccelSim(trace: KernelTrace, options: AccelSimPlanOptions): AccelSimPlan {
  const { kinds, sumNs } = kindsOf(trace)
  const numbers = options.stats === undefined ? undefined : new LaunchNumbers(options.stats)
  const chosen: PlannedLaunch[] = []
  const leftOut: AccelSimPlan['leftOut'] = []
  const budget = options.budgetWarpInstructions ?? Infinity
  let covered = 0
  let spent = 0
  for (const kind of kinds) {
    if (covered >= options.topTime * sumNs) break
    const refused = refusal(kind)
    const traced = refused ?? numbers?.of(kind)
    const launch: PlannedLaunch = {
      ...launchOf(kind),
      timeShare: kind.sumNs / sumNs,
      launchNumber: typeof traced === 'object' ? traced.launchNumber : null,
      warpInstructions: typeof traced === 'object' ? traced.warpInstructions : null,
    }
    if (typeof traced === 'string') {
      leftOut.push({ ...launch, reason: traced })
      continue
    }
    if (spent + (launch.warpInstructions ?? 0) > budget) {
      leftOut.push({ ...launch, reason: 'over_budget' })
      continue
    }
    spent += launch.warpInstructions ?? 0
    covered += kind.sumNs
    chosen.push(launch)
  }
  if (chosen.length === 0) {
    throw new ExternalError('nothing_chosen', nothing(trace.source, leftOut), {
      source: trace.source,
    })
  }
  const isKnown = chosen.every(({ warpInstructions }) => warpInstructions !== null)
  return {
    schema: 'flowsim.accel-sim-plan/1',
    trace: trace.source,
    chosen,
    leftOut,
    timeShare: covered / sumNs,
    warpInstructions: isKnown ? spent : null,
    kinds: kinds.length,
  }
}

interface Kind
  extends Omit<PlannedLaunch, 'shapes' | 'timeShare' | 'launchNumber' | 'warpInstructions'> {
  communicates: boolean
  operands: Set<string>
}

const launchOf = ({ communicates: _, operands, ...launch }: Kind) => ({
  ...launch,
  shapes: operands.size,
})

/** Shapes and types of the tensors that a kernel works on; `null` where they are not recorded. */
function operandsOf({ shapesFrom, tensors, op }: KernelEvent): string | null {
  if (shapesFrom === 'none') return null
  const described = (tensor: Pick<Tensor, 'shape' | 'dtype'>) =>
    `${tensor.dtype ?? ''}[${tensor.shape.join()}]`
  if (tensors !== undefined) return tensors.map(described).join(' ')
  const of = (op?.args ?? []).flatMap((arg) => (arg.kind === 'tensor' ? [described(arg)] : []))
  return of.length === 0 ? null : of.join(' ')
}

/** Why a kind cannot be simulated, whatever the tracer's list says. */
function refusal({ communicates, grid }: Kind): 'communicates' | 'no_grid' | undefined {
  if (communicates) return 'communicates'
  return grid === null ? 'no_grid' : undefined
}

function communicates(kernel: KernelEvent): boolean {
  return kernel.kind === 'collective' || classify(kernel).family === 'communication'
}

/** Kinds of launches with their time, the dearest first. */
function kindsOf(trace: KernelTrace): { kinds: Kind[]; sumNs: number } {
  const byKey = new Map<string, Kind>()
  let sumNs = 0
  for (const kernel of trace.kernels) {
    if (kernel.kind !== 'kernel' && kernel.kind !== 'collective') continue
    sumNs += kernel.durationNs
    const resources = `${kernel.registersPerThread} ${kernel.sharedMemoryBytes}`
    const key = `${kernel.name} ${kernel.grid?.join()} ${kernel.block?.join()} ${resources}`
    const operands = operandsOf(kernel)
    const known = byKey.get(key)
    if (known !== undefined) {
      known.instances++
      known.sumNs += kernel.durationNs
      if (operands !== null) known.operands.add(operands)
      continue
    }
    byKey.set(key, {
      name: kernel.name,
      grid: kernel.grid ?? null,
      block: kernel.block ?? null,
      registersPerThread: kernel.registersPerThread ?? null,
      sharedMemoryBytes: kernel.sharedMemoryBytes ?? null,
      instances: 1,
      sumNs: kernel.durationNs,
      communicates: communicates(kernel),
      operands: new Set(operands === null ? [] : [operands]),
    })
  }
  return { kinds: [...byKey.values()].sort((a, b) => b.sumNs - a.sumNs), sumNs }
}

/** The tracer's launches by what a trace tells of them. */
class LaunchNumbers {
  readonly #byKey = new Map<string, TracedLaunch[]>()
  readonly #used = new Set<string>()

  constructor(stats: readonly TracedLaunch[]) {
    for (const launch of stats) {
      const key = launchKey(launch)
      const known = this.#byKey.get(key)
      if (known === undefined) this.#byKey.set(key, [launch])
      else known.push(launch)
    }
  }

  /** The last launch of a kind, or why there is none. */
  of(kind: { name: string; grid: Extent | null; block: Extent | null }) {
    const key = launchKey(kind)
    const launches = this.#byKey.get(key)
    if (launches === undefined) return 'not_in_stats' as const
    if (new Set(launches.map(({ context }) => context)).size > 1) return 'ambiguous' as const
    // A second kind of equal name, grid and block differs in registers or shared memory, which the list lacks.
    if (this.#used.has(key)) return 'ambiguous' as const
    this.#used.add(key)
    // The first may be a warm-up of a library; the last is as the program settled.
    return launches.at(-1)!
  }
}

function nothing(source: string, leftOut: AccelSimPlan['leftOut']): string {
  if (leftOut.every(({ grid }) => grid === null)) {
    return `${source}: none of its kernels tells its grid, so none can be found again by a tracer`
  }
  const reasons = new Set(leftOut.map(({ reason }) => reason))
  if (leftOut.every(({ reason }) => reason === 'communicates' || reason === 'no_grid')) {
    return `${source}: its kernels wait for other devices, or do not tell their grid; there is nothing to simulate on one device`
  }
  if (reasons.has('over_budget')) {
    return `${source}: the budget pays for none of the launches; raise --budget`
  }
  return `${source}: none of its launches is in the list of the tracer; give that of a run of the same program`
}
