// The operations of a run with another batch, other lengths, another precision or another layout. What each kernel
// computes follows from its dimensions; what they do not show is counted, with the reason.
import { helpedKernels } from '@flowsim/analysis'
import type { ModelConfig } from '@flowsim/model-graph'
import { isCollective, type KernelOperation, type OpCall } from '@flowsim/trace-schema'
import { ReplayError } from '../errors.js'
import type { ReplayGraph } from '../graph.js'
import type { Change } from '../scenarios/schema.js'
import { productsAfterAttention, Resharding } from './layout.js'
import { quantizationOf, retype, singleProducts } from './precision.js'
import { type Scaled, scaleBatch, scaleSequence } from './rows.js'
import { shardsOf } from './shards.js'
import { type StepSizes, stepSizes } from './step-sizes.js'

/** Changes of what is computed, as against how long it takes. */
const RESCALES = ['batch', 'sequence', 'dtype', 'tensor-parallel'] as const
export type RescaleChange = Extract<Change, { do: (typeof RESCALES)[number] }>

/** Whether a change is of what is computed. */
export function isRescale(change: Change): change is RescaleChange {
  return (RESCALES as readonly string[]).includes(change.do)
}

/** An operation that the trace does not have, on the stream of a kernel and right after it. */
export interface AddedCall {
  kernel: number
  call: OpCall
}

/** Kernels whose operation after the change is not known, and why. */
export interface Unscaled {
  reason: string
  count: number
  ns: number
}

/** Result of rescaling. Arrays have one entry for each kernel of the graph. */
export interface Rescaled {
  before: readonly KernelOperation[]
  /** Where a kernel computes the same as before, the same object. */
  after: KernelOperation[]
  added: AddedCall[]
  removed: Uint8Array
  /** 1 where the change is for the kernel, but what it computes after is not known. */
  unknown: Uint8Array
  unscaled: Unscaled[]
  notes: string[]
}

/**
 * Applies changes of what is computed, in order.
 *
 * @param operations - one for each kernel of the graph, all ranks one after the other
 * @param model - the model that ran, for another layout
 * @throws ReplayError `unknown_provider` for another layout without the model
 */
export function rescale(
  graph: ReplayGraph,
  operations: readonly KernelOperation[],
  changes: readonly RescaleChange[],
  model?: ModelConfig,
): Rescaled {
  const count = graph.kernels.length
  const state: State = {
    graph,
    rescaled: {
      before: operations,
      after: [...operations],
      added: [],
      removed: new Uint8Array(count),
      unknown: new Uint8Array(count),
      unscaled: [],
      notes: [],
    },
    reasons: new Map(),
    model,
  }
  for (const change of changes) {
    for (const { trace, firstKernel } of graph.ranks) {
      const own = state.rescaled.after.slice(firstKernel, firstKernel + trace.kernels.length)
      const helped = helpedKernels(trace, own)
      const how = changeOf(state, change, own)
      for (const step of stepSizes(trace, own)) {
        applyToStep(state, { change: how(step, own), own, helped, firstKernel }, step)
      }
    }
  }
  state.rescaled.unscaled = [...state.reasons]
    .map(([reason, { kernels, ns }]) => ({ reason, count: kernels.size, ns }))
    .sort((a, b) => b.ns - a.ns)
  return state.rescaled
}

interface State {
  graph: ReplayGraph
  rescaled: Rescaled
  reasons: Map<string, { kernels: Set<number>; ns: number }>
  model: ModelConfig | undefined
}

/** What becomes of a kernel of a step: another call, the same, none, or a reason why it is not known. */
type Outcome =
  | { call: OpCall; added?: OpCall }
  | 'same'
  | 'removed'
  /** It stays as it is, which may or may not be right. */
  | { keeps: string }
  | { unknown: string }
type StepChange = (k: number, operation: KernelOperation) => Outcome

const NO_CALL = 'their dimensions are not in the trace'

function applyToStep(
  { graph, rescaled, reasons }: State,
  parts: {
    change: StepChange
    own: readonly KernelOperation[]
    helped: Int32Array
    firstKernel: number
  },
  { kernels }: StepSizes,
): void {
  for (const k of kernels) {
    // A helper goes with the kernel that it helps.
    if (parts.helped[k]! >= 0) continue
    const g = parts.firstKernel + k
    const operation = parts.own[k]!
    const outcome = parts.change(k, operation)
    if (outcome === 'same') continue
    if (outcome === 'removed') rescaled.removed[g] = 1
    else if ('call' in outcome) {
      rescaled.after[g] = { ...operation, call: outcome.call }
      if (outcome.added !== undefined) rescaled.added.push({ kernel: g, call: outcome.added })
    } else {
      const reason = 'keeps' in outcome ? outcome.keeps : outcome.unknown
      if ('unknown' in outcome) rescaled.unknown[g] = 1
      const known = reasons.get(reason) ?? { kernels: new Set(), ns: 0 }
      if (!known.kernels.has(g)) known.ns += graph.durationNs[g]!
      known.kernels.add(g)
      reasons.set(reason, known)
    }
  }
}

function changeOf(
  state: State,
  change: RescaleChange,
  own: readonly KernelOperation[],
): (step: StepSizes, own: readonly KernelOperation[]) => StepChange {
  switch (change.do) {
    case 'batch':
      return (step) => byRows(step, factorOf(change, step.sequences), scaleBatch)
    case 'sequence':
      return (step) => byRows(step, factorOf(change, step.kvLen), scaleSequence)
    case 'dtype':
      return (step) => toPrecision(change, step, own)
    case 'tensor-parallel':
      return toLayout(state, change, own)
  }
}

/** How many times as much; null where the step does not show how much there is. */
function factorOf(
  { factor, to }: { factor?: number | undefined; to?: number | undefined },
  now: number | null,
): number | null {
  if (factor !== undefined) return factor
  return now === null ? null : to! / now
}

function byRows(
  step: StepSizes,
  factor: number | null,
  scale: (call: OpCall, factor: number, step: StepSizes) => Scaled,
): StepChange {
  return (_, { call, auxiliary }) => {
    if (call === undefined || auxiliary === true) return { unknown: NO_CALL }
    if (factor === null) return { unknown: 'their step shows no batch or length' }
    const scaled = scale(call, factor, step)
    if (scaled === null) {
      return step.tokens === null || (scale === scaleSequence && step.phase !== 'prefill')
        ? { unknown: 'their step is neither a prefill nor a decode alone' }
        : { keeps: 'their sizes are not a multiple of the batch: they keep their time' }
    }
    return scaled === call ? 'same' : { call: scaled }
  }
}

function toPrecision(
  change: Extract<RescaleChange, { do: 'dtype' }>,
  step: StepSizes,
  own: readonly KernelOperation[],
): StepChange {
  const single = singleProducts(step, own)
  return (k, { call, family, auxiliary }) => {
    const isProduct = family === 'gemm' || family === 'moe'
    if (call === undefined || auxiliary === true) {
      const matters = change.weights !== undefined ? isProduct : family === 'attention'
      return matters ? { unknown: NO_CALL } : 'same'
    }
    if (single.has(k)) return 'same'
    const next = retype(call, change)
    if (next === call) return 'same'
    const added = quantizationOf(call, change)
    return added === undefined ? { call: next } : { call: next, added }
  }
}

function toLayout(
  { model, rescaled }: State,
  change: Extract<RescaleChange, { do: 'tensor-parallel' }>,
  operations: readonly KernelOperation[],
): (step: StepSizes, own: readonly KernelOperation[]) => StepChange {
  if (model === undefined) {
    throw new ReplayError(
      'unknown_provider',
      'tensor-parallel: which sizes are divided is the structure of the model; name it with --llm (`model` in a program)',
    )
  }
  const from = change.from ?? usualGroup(operations)
  const note = `tensor-parallel: from ${from} to ${change.to} devices, as ${model.name} is divided`
  if (!rescaled.notes.includes(note)) rescaled.notes.push(note)
  const resharding = new Resharding(from, change.to, shardsOf(model, from, change.to))
  return (step, own) => {
    const afterAttention = productsAfterAttention(step, own)
    return (k, { call, auxiliary }) => {
      if (call === undefined || auxiliary === true) return { unknown: NO_CALL }
      const next = resharding.of(call, step, afterAttention.has(k))
      if (next === 'removed') return 'removed'
      if (next === 'unknown') {
        return { keeps: 'the model has no operation of their sizes: they keep their time' }
      }
      return next.call === call && next.added === undefined ? 'same' : next
    }
  }
}

/** Devices of most collectives: those that the model is divided over; 1 where there are none. */
function usualGroup(operations: readonly KernelOperation[]): number {
  const counts = new Map<number, number>()
  let usual = 1
  for (const { call } of operations) {
    if (call === undefined || !isCollective(call)) continue
    const count = (counts.get(call.devices) ?? 0) + 1
    counts.set(call.devices, count)
    if (count > (counts.get(usual) ?? 0)) usual = call.devices
  }
  return usual
}
