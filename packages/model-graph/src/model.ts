// The architecture of a model: what every operation's size follows from.
import type { Dtype } from '@flowsim/trace-schema'
import type { LayerExtras } from './blocks/extras.js'
import type { FeedForward } from './blocks/feed-forward.js'
import type { Mixer } from './blocks/mixer.js'
import type { ImageRule } from './images/image-rule.js'
import type { Quantization } from './quantization.js'

/** One kind of layer. */
export interface LayerKind {
  mixer: Mixer
  ffn: FeedForward
}

/** Weights that no field of a model describes, such as the patch embedding of a vision tower. */
export interface OtherWeights {
  name: string
  parameters: number
  /** Matrix multiplications of a token or patch, by output and input width; none for look-ups. */
  linears?: { n: number; k: number; rowShare: number }[]
  /** Share that a token of text uses; 1 if absent. */
  activeShare?: number
}

/** A model that encodes another kind of input for a language model. */
export interface Tower {
  kind: 'vision' | 'audio'
  /** Its layers, without vocabulary or head. Its tokens are patches or frames. */
  model: ModelConfig
  /** Side of a patch in pixels, and patches side by side that make one token of the language model. */
  patch?: number
  merge?: number
  /** How images are sized; absent: it is not known. */
  image?: ImageRule
}

/** Layers that predict further tokens (multi-token prediction). */
export interface Predictor {
  /** How many tokens ahead, and so how many times it runs for a draft. */
  depth: number
  /** Layers for each of them, with a projection of hidden state and embedding before. */
  kinds: LayerKind[]
  /** Whether each depth has its own layers; else all use the same ones. */
  separate: boolean
}

/** A model. Plain JSON: it can be stored and edited. */
export interface ModelConfig {
  name: string
  /** `model_type` of the configuration. */
  architecture: string
  hidden: number
  /** Rows of the embedding table; 0 for towers, which embed patches or frames. */
  vocab: number
  /** Width of the embedding table, where it is not the hidden size. */
  embeddingDim?: number
  /** Longest context; null where nothing says so. */
  maxPositions: number | null
  layerKinds: LayerKind[]
  /** The kind of each layer, as an index into `layerKinds`. */
  layers: number[]
  extras?: LayerExtras
  norm: 'rmsnorm' | 'layernorm'
  normBias: boolean
  /**
   * Where norms stand: before attention and before the feed-forward network; after each (`post`);
   * before and after both (`sandwich`); or once, with attention and feed-forward network side by side
   * (`parallel`).
   */
  residual: 'sequential' | 'post' | 'sandwich' | 'parallel'
  positions: 'rotary' | 'learned' | 'none'
  /** The LM head is the embedding table. */
  tiedEmbeddings: boolean
  /** Encoders and embedding models have no LM head. */
  head: 'lm' | 'none'
  headBias: boolean
  /** Type of activations and of weights that are not quantised. */
  dtype: Dtype
  /** null: weights are stored in `dtype`. */
  quantization: Quantization | null
  /** Weights outside of embedding, layers and head. */
  others?: OtherWeights[]
  /** An encoder that runs once for each sequence, before this decoder. */
  encoder?: ModelConfig
  towers?: Tower[]
  predictor?: Predictor
  /** Bytes of the checkpoint's weights, where its index of safetensors was read. */
  checkpointBytes?: number
  /** Fields that the configuration leaves out and their values here, with the reason. */
  assumed: string[]
  /** Parts of the configuration that the graph leaves out, in words. */
  ignored: string[]
}

/** Layers of one kind within a range of layers, in order of their first one. */
export interface LayerGroup {
  kind: LayerKind
  /** Indices of the layers, ascending. */
  layers: number[]
}

/** Groups the layers `first … first + count − 1` by kind. */
export function layerGroups(
  model: ModelConfig,
  first = 0,
  count = model.layers.length,
): LayerGroup[] {
  const groups = new Map<number, LayerGroup>()
  for (let layer = first; layer < first + count; layer++) {
    const index = model.layers[layer]!
    const group = groups.get(index)
    if (group !== undefined) group.layers.push(layer)
    else groups.set(index, { kind: model.layerKinds[index]!, layers: [layer] })
  }
  return [...groups.values()]
}

/**
 * The model cut to its first layers, for traces and tests that need not be deep.
 * @param layers - how many to keep, at least 1
 */
export function sliceModel(model: ModelConfig, layers: number): ModelConfig {
  const kept = model.layers.slice(0, Math.max(1, Math.trunc(layers)))
  if (kept.length === model.layers.length) return model
  return { ...model, name: `${model.name}[${kept.length} layers]`, layers: kept }
}
