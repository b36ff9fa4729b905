// Memory of one device: weights, KV cache, state and activations.
import { dtypeBytes } from '@flowsim/trace-schema'
import type { Weight } from './blocks/block.js'
import { blockOf, cacheBytes } from './blocks/mixer.js'
import {
  type DtypeOptions,
  plainDtypes,
  type StepDtypes,
  stepDtypes,
  weightBytes,
} from './dtypes.js'
import { localKvHeads } from './kv-heads.js'
import type { ModelConfig } from './model.js'
import { type Layout, type Parallelism, planLayout } from './parallelism.js'
import type { SchemeName } from './quantization.js'
import { embeddingWeights, headWeights, layerWeights } from './weights.js'

/** What memory depends on. */
export interface MemoryOptions {
  parallelism?: Parallelism
  dtypes?: DtypeOptions | SchemeName
}

/** Memory of one device. Where stages of a pipeline differ, of the one that needs most. */
export interface MemoryUse {
  weightBytes: number
  /** Weights of a device of each stage. */
  weightBytesByStage: number[]
  /** KV cache of one token whose keys are kept in every layer. */
  kvBytesPerToken: number
  /** State of one sequence in layers with linear attention. */
  stateBytesPerSequence: number
  /** KV cache and state of one sequence, of which layers with a window keep the window only. */
  sequenceBytes(tokens: number): number
  /**
   * Estimate of activations: the widest set of tensors that is alive at once, for a step of so many
   * tokens, of which so many are sampled, each element of whose logits takes `logitBytes` (default 4: once
   * in fp32). Engines keep workspaces and graph memory besides.
   */
  activationBytes(tokens: number, samples: number, logitBytes?: number): number
}

/**
 * The memory that a model takes on each device.
 * @throws {@link ModelGraphError} `invalid_parallelism` or `invalid_option`
 */
export function memoryUse(model: ModelConfig, options: MemoryOptions = {}): MemoryUse {
  const layout = planLayout(model, options.parallelism)
  const dtypes = stepDtypes(model, options.dtypes)
  const layerBytes = model.layerKinds.map((kind) =>
    bytesOf(layerWeights(model, kind), model, layout, dtypes),
  )
  const kvPerLayer = model.layerKinds.map(
    ({ mixer }) => blockOf(mixer).cacheBytesPerToken?.(mixer, layout, dtypes) ?? 0,
  )
  const statePerLayer = model.layerKinds.map(
    ({ mixer }) => blockOf(mixer).stateBytes?.(mixer, layout, dtypes) ?? 0,
  )
  const sumOver = (stage: { first: number; count: number }, values: number[]) =>
    model.layers
      .slice(stage.first, stage.first + stage.count)
      .reduce((sum, kind) => sum + values[kind]!, 0)
  const last = layout.stages.length - 1
  const beside = besideBytes(model, layout, dtypes)
  const weightBytesByStage = layout.stages.map((stage, index) => {
    const embedding = bytesOf(embeddingWeights(model), model, layout, dtypes)
    const head = bytesOf(headWeights(model), model, layout, dtypes)
    // A tied head needs the table on the last stage too.
    const copy = model.tiedEmbeddings && last > 0 && index === last ? embedding : 0
    return (
      sumOver(stage, layerBytes) +
      (index === 0 ? embedding + beside : 0) +
      (index === last ? head : 0) +
      copy
    )
  })
  const widest = (values: number[]) =>
    Math.max(...layout.stages.map((stage) => sumOver(stage, values)))
  const stateBytesPerSequence = widest(statePerLayer)
  return {
    weightBytes: Math.max(...weightBytesByStage),
    weightBytesByStage,
    kvBytesPerToken: widest(kvPerLayer),
    stateBytesPerSequence,
    sequenceBytes: (tokens) =>
      widest(
        model.layerKinds.map(
          ({ mixer }, index) => cacheBytes(mixer, tokens, layout, dtypes) + statePerLayer[index]!,
        ),
      ),
    activationBytes: (tokens, samples, logitBytes = dtypeBytes('fp32')) => {
      const inLayer = layerActivationBytes(model, layout, dtypes, tokens)
      const rows = Math.ceil(tokens / layout.context)
      const hidden = rows * model.hidden * dtypeBytes(dtypes.activations)
      return Math.ceil(Math.max(inLayer, samples * model.vocab * logitBytes + hidden))
    },
  }
}

/** Towers and encoders stand on the first stage. */
function besideBytes(model: ModelConfig, layout: Layout, dtypes: StepDtypes): number {
  const { encoder, towers = [] } = model
  const models = [
    ...(encoder === undefined ? [] : [encoder]),
    ...towers.map((tower) => tower.model),
  ]
  // What quantises the language model leaves towers alone.
  const plain = plainDtypes(dtypes)
  return models.reduce((sum, each) => {
    const inLayers = each.layerKinds.map((kind) =>
      bytesOf(layerWeights(each, kind), each, layout, plain),
    )
    const outside = bytesOf([...embeddingWeights(each), ...headWeights(each)], each, layout, plain)
    return each.layers.reduce((total, kind) => total + inLayers[kind]!, sum + outside)
  }, 0)
}

function bytesOf(
  weights: Weight[],
  model: ModelConfig,
  layout: Layout,
  dtypes: StepDtypes,
): number {
  const plain = dtypeBytes(dtypes.activations)
  return weights.reduce((sum, weight) => {
    const each = weight.part === undefined ? plain : weightBytes(dtypes.parts[weight.part])
    return sum + (weight.parameters * each) / divisor(weight, model, layout)
  }, 0)
}

function divisor(weight: Weight, model: ModelConfig, layout: Layout): number {
  switch (weight.sharding) {
    case 'replicated':
      return 1
    case 'experts':
      return layout.moeDevices / (1 + layout.redundantExperts / mostExperts(model))
    case 'kv_heads': {
      const kvHeads = Math.max(
        ...model.layerKinds.map(({ mixer }) => (mixer.type === 'attention' ? mixer.kvHeads : 1)),
      )
      return kvHeads / localKvHeads(kvHeads, layout.tensor)
    }
    case 'tensor':
      if (weight.part !== 'shared') return layout.tensor
      return { all_reduce: layout.tensor, all_gather: layout.moeDevices, all_to_all: 1 }[
        layout.dispatch
      ]
  }
}

/** Experts of a layer. */
function mostExperts({ layerKinds }: ModelConfig): number {
  return Math.max(1, ...layerKinds.map(({ ffn }) => (ffn.type === 'moe' ? ffn.experts : 1)))
}

function layerActivationBytes(
  model: ModelConfig,
  layout: Layout,
  dtypes: StepDtypes,
  tokens: number,
): number {
  const rows = Math.ceil(tokens / layout.context)
  const widths = model.layerKinds.map(({ mixer, ffn }) => {
    const mixed = blockOf(mixer).activationWidth(mixer)
    if (ffn.type === 'none') return mixed / layout.tensor
    const gate = ffn.gated ? 3 : 2
    const fed =
      ffn.type === 'dense'
        ? (gate * ffn.inter) / layout.tensor
        : (layout.data * ffn.topk * (gate * ffn.inter + 2 * model.hidden)) /
          (layout.moeTensor * layout.expert)
    return Math.max(mixed / layout.tensor, fed)
  })
  return rows * (2 * model.hidden + Math.max(...widths)) * dtypeBytes(dtypes.activations)
}
