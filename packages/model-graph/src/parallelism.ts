// How a model is divided among devices.
//
// A stage of the pipeline has tensor × context × data devices. Attention and dense feed-forward
// networks are divided over `tensor` inside each of the `data` replicas, and the tokens of a replica
// over `context`. Experts are divided over all devices of the stage that see their tokens:
// expert × moeTensor = tensor × data, or tensor × data × context.
import { blockOf } from './blocks/mixer.js'
import { ModelGraphError } from './errors.js'
import type { ModelConfig } from './model.js'

/** Degrees of parallelism; 1 where absent. */
export interface Parallelism {
  /** Devices that divide heads and widths. */
  tensor?: number
  /** Devices that divide layers. */
  pipeline?: number
  /** Devices that divide the tokens and the KV cache of a sequence (ring attention). */
  context?: number
  /** Devices that divide the experts. */
  expert?: number
  /** Replicas of the attention, each with its own batch, that share the experts. */
  data?: number
  /** Devices that divide the width of an expert; what is left of the stage if absent. */
  moeTensor?: number
  /** Copies of experts beside them; with the experts they fill the devices evenly (EPLB). */
  redundantExperts?: number
  /** Divide tokens over `tensor` outside of attention and feed-forward networks (Megatron). */
  sequence?: boolean
  /**
   * How tokens reach their experts. `all_reduce`: every device has all tokens and results are added;
   * `all_gather`: tokens are gathered, results reduced and scattered; `all_to_all`: each token is
   * sent to the devices of its experts. If absent: `all_reduce` with one replica, otherwise
   * `all_to_all` where experts are whole and `all_gather` where they are divided.
   */
  dispatch?: 'all_reduce' | 'all_gather' | 'all_to_all'
  /** Round shares up where a degree does not divide a width, instead of refusing it. */
  uneven?: boolean
}

/** Communicators of a step. */
export type CommunicationGroup = 'tensor' | 'context' | 'data' | 'expert' | 'pipeline'

/** A parallelism that fits its model, with every degree known. */
export interface Layout {
  tensor: number
  pipeline: number
  context: number
  data: number
  expert: number
  moeTensor: number
  redundantExperts: number
  sequence: boolean
  dispatch: 'all_reduce' | 'all_gather' | 'all_to_all'
  /** Devices that share the experts: expert × moeTensor. */
  moeDevices: number
  /** The experts are divided over context parallelism too. */
  moeOverContext: boolean
  /** Devices of all stages. */
  devices: number
  /** First layer and number of layers of each stage. */
  stages: { first: number; count: number }[]
  /** A share of a width: `total / parts`, rounded up. */
  share(total: number, parts: number): number
}

/**
 * Checks a parallelism against a model.
 * @throws {@link ModelGraphError} `invalid_parallelism`, naming the degree that cannot be
 */
export function planLayout(model: ModelConfig, parallelism: Parallelism = {}): Layout {
  const tensor = degree(parallelism, 'tensor')
  const pipeline = degree(parallelism, 'pipeline')
  const context = degree(parallelism, 'context')
  const data = degree(parallelism, 'data')
  const expert = degree(parallelism, 'expert')
  const uneven = parallelism.uneven ?? false
  if (pipeline > model.layers.length) {
    throw impossible(
      'pipeline',
      `${pipeline} stages for the ${model.layers.length} layers of ${model.name}`,
    )
  }
  if (!uneven) checkTensor(model, tensor)

  const inner = tensor * data
  const moeDegree = parallelism.moeTensor
  const explicit = moeDegree === undefined ? undefined : degree(parallelism, 'moeTensor')
  const hasExperts = model.layerKinds.some(({ ffn }) => ffn.type === 'moe')
  const candidates = context === 1 ? [inner] : [inner, inner * context]
  const moeDevices = candidates.find((devices) =>
    explicit === undefined ? devices % expert === 0 : expert * explicit === devices,
  )
  if (moeDevices === undefined) {
    throw impossible(
      explicit === undefined ? 'expert' : 'moeTensor',
      `expert ${expert}${explicit === undefined ? '' : ` × moeTensor ${explicit}`} does not divide up tensor × data = ${inner}${context === 1 ? '' : ` or tensor × data × context = ${inner * context}`} devices`,
    )
  }
  const moeTensor = explicit ?? moeDevices / expert
  if (!hasExperts && (expert > 1 || (explicit ?? 1) > 1)) {
    throw impossible('expert', `${model.name} has no experts`)
  }
  const redundantExperts = redundancy(parallelism, hasExperts)
  if (!uneven) checkExperts(model, { expert, moeTensor, redundantExperts })

  const moeOverContext = moeDevices > inner
  const spread = data > 1 || moeOverContext
  const dispatch =
    parallelism.dispatch ?? (!spread ? 'all_reduce' : moeTensor === 1 ? 'all_to_all' : 'all_gather')
  if (dispatch === 'all_reduce' && spread) {
    throw impossible(
      'dispatch',
      'all_reduce needs every device to have all tokens, so data = 1 and experts inside tensor',
    )
  }
  if (dispatch === 'all_to_all' && moeTensor > 1) {
    throw impossible('dispatch', `all_to_all needs whole experts, but moeTensor is ${moeTensor}`)
  }
  return {
    tensor,
    pipeline,
    context,
    data,
    expert,
    moeTensor,
    redundantExperts,
    sequence: (parallelism.sequence ?? false) && tensor > 1,
    dispatch,
    moeDevices,
    moeOverContext,
    devices: tensor * context * data * pipeline,
    stages: divideLayers(model.layers.length, pipeline),
    share: (total, parts) => Math.ceil(total / parts),
  }
}

/**
 * Layers of each stage: equal shares; what is left over goes, one layer each, to the stages before
 * the last one, which has the LM head.
 */
function divideLayers(layers: number, stages: number): { first: number; count: number }[] {
  const base = Math.floor(layers / stages)
  const extra = layers % stages
  const counts = Array.from({ length: stages }, (_, stage) => {
    const fromEnd = stages - 1 - stage
    return base + (fromEnd >= 1 && fromEnd <= extra ? 1 : 0)
  })
  let first = 0
  return counts.map((count) => {
    const stage = { first, count }
    first += count
    return stage
  })
}

function checkTensor(model: ModelConfig, tensor: number): void {
  for (const { mixer, ffn } of model.layerKinds) {
    for (const { count, what, repeats = false } of blockOf(mixer).divided(mixer)) {
      if (count % tensor === 0 || (repeats && tensor % count === 0)) continue
      throw impossible(
        'tensor',
        repeats
          ? `${tensor} neither divides nor is a multiple of the ${count} ${what} of ${model.name}`
          : `${tensor} does not divide the ${count} ${what} of ${model.name}`,
      )
    }
    if (ffn.type === 'dense' && ffn.inter % tensor !== 0) {
      throw impossible(
        'tensor',
        `${tensor} does not divide the intermediate width ${ffn.inter} of ${model.name}`,
      )
    }
  }
}

function checkExperts(
  model: ModelConfig,
  {
    expert,
    moeTensor,
    redundantExperts,
  }: Pick<Layout, 'expert' | 'moeTensor' | 'redundantExperts'>,
): void {
  for (const { ffn } of model.layerKinds) {
    if (ffn.type !== 'moe') continue
    const slots = ffn.experts + redundantExperts
    if (slots % expert !== 0) {
      const missing = expert - (ffn.experts % expert)
      throw impossible(
        'expert',
        redundantExperts === 0
          ? `${expert} does not divide the ${ffn.experts} experts of ${model.name}; with ${missing} redundant experts it divides ${ffn.experts + missing}`
          : `${expert} does not divide the ${ffn.experts} experts of ${model.name} and ${redundantExperts} redundant ones; ${missing} of these work`,
      )
    }
    if (ffn.inter % moeTensor !== 0) {
      throw impossible(
        'moeTensor',
        `${moeTensor} does not divide the expert width ${ffn.inter} of ${model.name}`,
      )
    }
  }
}

function redundancy({ redundantExperts = 0 }: Parallelism, hasExperts: boolean): number {
  const isCount = Number.isSafeInteger(redundantExperts) && redundantExperts >= 0
  if (isCount && redundantExperts <= 65_536 && (hasExperts || redundantExperts === 0)) {
    return redundantExperts
  }
  throw impossible(
    'redundantExperts',
    `is ${String(redundantExperts)}; an integer from 0 to 65536 belongs here, of a model with experts`,
  )
}

function degree(
  parallelism: Parallelism,
  name: 'tensor' | 'pipeline' | 'context' | 'data' | 'expert' | 'moeTensor',
): number {
  const value = parallelism[name] ?? 1
  if (Number.isSafeInteger(value) && value >= 1 && value <= 65_536) return value
  throw impossible(name, `is ${String(value)}; an integer from 1 to 65536 belongs here`)
}

function impossible(field: string, problem: string): ModelGraphError {
  return new ModelGraphError('invalid_parallelism', `parallelism.${field}: ${problem}`, {
    path: `parallelism.${field}`,
  })
}
