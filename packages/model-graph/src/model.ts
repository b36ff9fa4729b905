// The architecture of a decoder-only language model: what every operation's size follows from.
import type { Dtype } from '@flowsim/trace-schema'
import type { Quantization } from './quantization.js'

/** Softmax attention with one key and value head for every `heads / kvHeads` query heads. */
export interface AttentionMixer {
  type: 'attention'
  heads: number
  kvHeads: number
  headDim: number
  /** Width of a head that is rotated; 0 where positions are not rotary. */
  rotaryDim: number
  /** Keys that a token sees at most, where attention is local. */
  window?: number
  /** Norm of queries and keys: over each head, or over the whole layer's width. */
  qkNorm?: 'head' | 'layer'
  /** The output is multiplied by a sigmoid gate that the QKV projection makes as well. */
  outputGate?: boolean
  qkvBias: boolean
  outBias: boolean
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): one compressed vector a token. */
export interface LatentAttentionMixer {
  type: 'mla'
  heads: number
  /** Rank of the query projection; null where queries are projected in one step. */
  queryRank: number | null
  /** Width of the compressed keys and values. */
  kvRank: number
  /** Width of a query and key head without rotation. */
  nopeDim: number
  /** Width of the rotated part, which all heads share for keys. */
  ropeDim: number
  valueDim: number
  /** Sparse attention: a small scorer picks the keys that each token attends to. */
  indexer?: { heads: number; headDim: number; topk: number }
  qkvBias: boolean
}

/** Attention with a state of fixed size for each sequence instead of keys and values. */
export interface LinearMixer {
  type: 'linear'
  variant: 'gated_delta' | 'lightning'
  keyHeads: number
  valueHeads: number
  keyDim: number
  valueDim: number
  /** Taps of the causal convolution over queries, keys and values; 0 for none. */
  convTaps: number
}

/** How a layer mixes tokens. */
export type Mixer = AttentionMixer | LatentAttentionMixer | LinearMixer

/** One feed-forward network for every token. */
export interface DenseFeedForward {
  type: 'dense'
  inter: number
  gated: boolean
  activation: 'silu' | 'gelu' | 'relu'
  bias: boolean
}

/** Many feed-forward networks (experts), of which each token uses a few. */
export interface ExpertFeedForward {
  type: 'moe'
  experts: number
  topk: number
  /** Intermediate width of one expert. */
  inter: number
  gated: boolean
  activation: 'silu' | 'gelu' | 'relu'
  bias: boolean
  routerBias: boolean
  /** A feed-forward network that every token uses besides its experts. */
  shared?: { inter: number; gate: boolean }
}

/** What a layer does to each token after mixing. */
export type FeedForward = DenseFeedForward | ExpertFeedForward

/** One kind of layer. */
export interface LayerKind {
  mixer: Mixer
  ffn: FeedForward
}

/** A decoder-only language model. Plain JSON: it can be stored and edited. */
export interface ModelConfig {
  name: string
  /** `model_type` of the configuration. */
  architecture: string
  hidden: number
  vocab: number
  maxPositions: number
  layerKinds: LayerKind[]
  /** The kind of each layer, as an index into `layerKinds`. */
  layers: number[]
  norm: 'rmsnorm' | 'layernorm'
  normBias: boolean
  /**
   * Where norms stand: before attention and before the feed-forward network; before and after both
   * (`sandwich`); or once, with attention and feed-forward network side by side (`parallel`).
   */
  residual: 'sequential' | 'sandwich' | 'parallel'
  positions: 'rotary' | 'learned' | 'none'
  /** The LM head is the embedding table. */
  tiedEmbeddings: boolean
  headBias: boolean
  /** Type of activations and of weights that are not quantised. */
  dtype: Dtype
  /** null: weights are stored in `dtype`. */
  quantization: Quantization | null
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
