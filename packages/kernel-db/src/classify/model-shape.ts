// What of a language model tells the sizes that a trace lacks. A model of @flowsim/model-graph is one.
import type { Dtype } from '@flowsim/trace-schema'

/** How a layer mixes tokens; widths are of the whole model, before it is shared among ranks. */
export type LayerMixer =
  | {
      type: 'attention'
      heads: number
      kvHeads: number
      headDim: number
      /** Keys that a token sees at most, where attention is local. */
      window?: number
    }
  | { type: 'mla'; heads: number; kvRank: number; ropeDim: number }
  /** Whatever keeps no keys and values. */
  | { type: 'linear' }

/** What a layer does to each token after mixing. */
export type LayerFeedForward =
  | { type: 'none' }
  | { type: 'dense'; inter: number; gated: boolean }
  | {
      type: 'moe'
      experts: number
      topk: number
      /** Intermediate width of one expert. */
      inter: number
      gated: boolean
    }

/** The architecture of a model, as far as kernels show it. */
export interface ModelShape {
  hidden: number
  dtype: Dtype
  layerKinds: readonly { mixer: LayerMixer; ffn: LayerFeedForward }[]
  /** The kind of each layer, as an index into `layerKinds`. */
  layers: readonly number[]
}
