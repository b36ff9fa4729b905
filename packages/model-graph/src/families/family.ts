// What a family's file says: facts that a `model_type` implies and its config.json does not state.
import type { LayerExtras } from '../blocks/extras.js'
import type { FeedForward } from '../blocks/feed-forward.js'
import type { Mixer } from '../blocks/mixer.js'
import type { Fields } from '../config/fields.js'
import type { ModelShape } from '../config/read-model.js'
import type { LayerKind, OtherWeights } from '../model.js'

/** What the reading of a layer depends on. */
export interface LayerContext {
  fields: Fields
  traits: Architecture
  hidden: number
  /** The layer, its type, and the types of all layers. */
  layer: number
  type: string
  types: readonly string[]
}

/** Facts about the models of a `model_type`. */
export interface Architecture {
  /** Bias of the QKV projection: yes, no, or the field that says so (absent: no). */
  qkvBias?: boolean | string
  /** Bias of the output projection, in the same way. */
  outBias?: boolean | string
  mlpBias?: boolean | string
  norm?: 'layernorm'
  normBias?: boolean
  residual?: 'post' | 'sandwich' | 'parallel'
  positions?: 'learned' | 'none'
  /** Layers of type `full` know no positions. */
  unrotatedFull?: boolean
  /** Feed-forward networks have no gate. */
  plainMlp?: boolean
  qkNorm?: 'head' | 'layer' | { field: string; style: 'head' | 'layer' }
  tiedByDefault?: boolean
  /** The LM head has a bias: yes, or the field that says so. */
  headBias?: boolean | string
  /** Encoders have no LM head. */
  head?: 'none'
  outputGate?: 'element' | 'head'
  bidirectional?: boolean
  sinks?: boolean
  rotaryByDefault?: number
  /** Fields that give the width of dense networks before the usual ones. */
  denseWidth?: string
  /** The dense width in the file is that of gate and up together. */
  interIsDouble?: boolean
  sharedGate?: boolean
  /** Every layer with experts has a shared one as wide as a routed one. */
  sharedAsRouted?: boolean
  expertBias?: boolean
  /** Norms of experts' inputs and outputs, besides those of the layer. */
  expertNorms?: number
  /** Layers repeat with this period; the last of each attends to all keys, the others locally. */
  localPeriod?: number
  /** Local layers attend to a chunk, not to a window. */
  chunked?: boolean
  /** A window in the file is in use only where `use_sliding_window` says so. */
  windowOffByDefault?: boolean
  /** The type of each layer, where the usual fields do not say; undefined: they do. */
  layerTypes?: (fields: Fields, layers: number) => string[] | undefined
  /** The mixer of each type of layer, where it is not softmax or latent attention. */
  mixers?: Readonly<Record<string, (context: LayerContext) => Mixer>>
  /** The feed-forward network of a layer, where the usual fields do not say; undefined: they do. */
  feedForward?: (context: LayerContext) => FeedForward | undefined
  extras?: (fields: Fields) => LayerExtras | undefined
  /** Layers of multi-token prediction, where they are not like the last layer. */
  predictorKinds?: (fields: Fields, hidden: number) => LayerKind[] | undefined
  others?: (fields: Fields, hidden: number) => OtherWeights[]
  /** Values of fields that the configuration class does not have, or has otherwise. */
  defaults?: Readonly<Record<string, unknown>>
  /** The whole model, where it is not a decoder of layers as above. */
  model?: (fields: Fields) => ModelShape
  /** Changes to nested or old forms of fields before they are read. */
  normalize?: (values: Readonly<Record<string, unknown>>) => Record<string, unknown>
}

/** A family of models that are read alike. */
export interface Family {
  /** Where its facts are from. */
  source: string
  /** Facts by `model_type`. */
  types: Readonly<Record<string, Architecture>>
  /** `model_type`s that wrap one of those, or are another spelling of it. */
  synonyms?: Readonly<Record<string, string>>
}

const TRANSFORMERS =
  'https://github.com/huggingface/transformers/tree/v5.18.0/src/transformers/models'

/** The modelling code of a family in transformers 5.18.0. */
export function transformers(...folders: string[]): string {
  return folders.map((folder) => `${TRANSFORMERS}/${folder}`).join(', ')
}

/** Facts that many families share. */
export const LLAMA_LIKE: Architecture = {
  qkvBias: 'attention_bias',
  outBias: 'attention_bias',
  mlpBias: 'mlp_bias',
}

/** Models before Llama: layer norm, biases, no gate. */
export const CLASSIC: Architecture = {
  norm: 'layernorm',
  normBias: true,
  qkvBias: true,
  outBias: true,
  mlpBias: true,
  plainMlp: true,
}
