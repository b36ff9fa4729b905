// Step times with two-batch overlap: the layers with experts run in two halves (two-batches.ts), the rest of the step
// as one.
import type { BatchSummary, CompiledStep, GraphOp } from '@flowsim/model-graph'
import type { StepBatch, StepTimeModel } from '@flowsim/trace-schema'
import { decodeOf, interpolated, type KernelTimes, prefillOf } from '../graph-step-time.js'
import { ReplicaBatch } from '../replica-batch.js'
import type { HalfTimes } from './two-batches.js'

/** What {@link TwoBatchStepTime} is made of. */
export interface TwoBatchParts {
  name: string
  step: CompiledStep
  kernels: KernelTimes
  /** Replicas of the attention, each with a share of the batch. */
  replicas: number
  /** Microseconds in which the host launches an operation outside of CUDA graphs. */
  hostOpUs: number
  hostStepUs?: number
  hostSequenceUs: number
  /** How two halves lie beside each other. */
  halvesNs: (half: HalfTimes) => number
  /** The step in one piece, for batches that cannot be halved. */
  whole: StepTimeModel
}

type Part = keyof HalfTimes | 'outside'

const PARTS: readonly Part[] = [
  'outside',
  'before',
  'after',
  'shared',
  'experts',
  'dispatchDevice',
  'dispatchFlight',
  'combineDevice',
  'combineFlight',
]

/** Time of a step whose layers with experts run in two halves. */
export class TwoBatchStepTime implements StepTimeModel {
  readonly name: string
  readonly #parts: TwoBatchParts
  readonly #batch: ReplicaBatch
  readonly #hostStepNs: number
  /** First layers of each kind with experts. */
  readonly #layers: ReadonlySet<number>
  readonly #byTokens = new Map<number, Record<Part, number>>()
  readonly #bySamples = new Map<number, number>()

  constructor(parts: TwoBatchParts) {
    this.name = parts.name
    this.#parts = parts
    this.#batch = new ReplicaBatch(parts.replicas)
    const ops = parts.step(prefillOf(1))
    this.#layers = new Set(
      ops.filter(({ module }) => isExperts(module)).map(({ layer }) => layer ?? -1),
    )
    const launches = ops.reduce(
      (sum, op) => sum + op.count * (this.#layers.has(op.layer ?? -1) ? 2 : 1),
      0,
    )
    this.#hostStepNs = (launches * parts.hostOpUs + 2 * (parts.hostStepUs ?? 0)) * 1000
  }

  stepNs(batch: StepBatch): number {
    const own = this.#batch
    own.set(batch)
    if (own.prefillSequences + own.decodeSequences < 2) return this.#parts.whole.stepNs(batch)
    const half = {} as HalfTimes
    const tokens = Math.ceil(own.tokens / 2)
    for (const part of PARTS) {
      if (part === 'outside') continue
      half[part] = interpolated(tokens, (at) => this.#timesOf(at)[part])
    }
    half.after += this.#attentionNs(halfOf(own), true)
    let ns = this.#parts.halvesNs(half)
    ns += interpolated(own.tokens, (at) => this.#timesOf(at).outside)
    ns += this.#attentionNs(own, false)
    if (own.samples > 0) ns += interpolated(own.samples, this.#samplesNs)
    if (batch.launch === 'eager' && ns < this.#hostStepNs) ns = this.#hostStepNs
    return ns + this.#parts.hostSequenceUs * 1000 * (own.prefillSequences + own.decodeSequences)
  }

  /** Time of the operations that depend on tokens alone. */
  #timesOf(tokens: number): Record<Part, number> {
    const known = this.#byTokens.get(tokens)
    if (known !== undefined) return known
    const { kernels } = this.#parts
    const times = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>
    let layer: number | null = null
    let isBefore = true
    for (const op of this.#parts.step(prefillOf(tokens))) {
      if (op.layer !== layer) isBefore = true
      layer = op.layer
      if (op.call.op === 'attention') isBefore = false
      if (op.varies !== 'tokens') continue
      const ns = op.count * kernels.timeNs(op)
      const part = this.#partOf(op, isBefore)
      if (part !== 'dispatch' && part !== 'combine') {
        times[part] += ns
        continue
      }
      const flightNs = op.count * (kernels.flightNs?.(op) ?? 0)
      times[`${part}Device`] += ns - flightNs
      times[`${part}Flight`] += flightNs
    }
    this.#byTokens.set(tokens, times)
    return times
  }

  #partOf(
    { layer, module, name, call }: GraphOp,
    isBefore: boolean,
  ): 'outside' | 'before' | 'after' | 'shared' | 'experts' | 'dispatch' | 'combine' {
    if (!this.#layers.has(layer ?? -1)) return 'outside'
    if (call.op === 'all_to_all') return name === 'expert_dispatch' ? 'dispatch' : 'combine'
    if (isExperts(module) && !name.startsWith('expert_dispatch')) return 'experts'
    if (module.includes('shared_expert')) return 'shared'
    return isBefore ? 'before' : 'after'
  }

  /** Time of the attention of a batch, in the layers with experts or in the others. */
  #attentionNs(summary: BatchSummary, isInside: boolean): number {
    let ns = 0
    for (const op of this.#parts.step(summary)) {
      if (op.varies !== 'prefill' && op.varies !== 'decode') continue
      if (this.#layers.has(op.layer ?? -1) !== isInside) continue
      ns += op.count * this.#parts.kernels.timeNs(op)
    }
    return ns
  }

  readonly #samplesNs = (samples: number): number => {
    let ns = this.#bySamples.get(samples)
    if (ns === undefined) {
      ns = 0
      for (const op of this.#parts.step(decodeOf(samples, samples, samples))) {
        if (op.varies === 'samples') ns += op.count * this.#parts.kernels.timeNs(op)
      }
      this.#bySamples.set(samples, ns)
    }
    return ns
  }
}

const isExperts = (module: string) => module.endsWith('mlp.experts')

/** One half of a batch, the larger where it is odd. */
function halfOf(whole: ReplicaBatch): BatchSummary {
  const half = (value: number) => Math.ceil(value / 2)
  return {
    prefillSequences: half(whole.prefillSequences),
    prefillTokens: half(whole.prefillTokens),
    prefillKeys: half(whole.prefillKeys),
    prefillPairs: half(whole.prefillPairs),
    decodeSequences: half(whole.decodeSequences),
    decodeTokens: half(whole.decodeTokens),
    decodeKeys: half(whole.decodeKeys),
    samples: 0,
  }
}
