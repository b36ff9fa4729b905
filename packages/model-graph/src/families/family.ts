// What a family's file says: facts that a `model_type` implies and its config.json does not state.
import type { Fields } from '../config/fields.js'

/** How a layer attends: to all keys, to those nearby, or through a state of fixed size. */
export type LayerType = 'full' | 'local' | 'linear'

/** Facts about the models of a `model_type`. */
export interface Architecture {
  /** Bias of the QKV projection: yes, no, or the field that says so (absent: no). */
  qkvBias?: boolean | string
  /** Bias of the output projection, in the same way. */
  outBias?: boolean | string
  mlpBias?: boolean | string
  norm?: 'layernorm'
  normBias?: boolean
  residual?: 'sandwich' | 'parallel'
  positions?: 'learned' | 'none'
  /** Layers that attend to all keys know no positions. */
  unrotatedFull?: boolean
  /** Feed-forward networks have no gate. */
  plainMlp?: boolean
  qkNorm?: 'head' | 'layer' | { field: string; style: 'head' | 'layer' }
  tiedByDefault?: boolean
  headBias?: boolean
  outputGate?: boolean
  /** Kind of the layers that attend through a state. */
  linear?: 'gated_delta' | 'lightning'
  rotaryByDefault?: number
  /** Fields that give the width of dense networks before the usual ones. */
  denseWidth?: string
  /** The dense width in the file is that of gate and up together. */
  interIsDouble?: boolean
  sharedGate?: boolean
  /** Every layer with experts has a shared one as wide as a routed one. */
  sharedAsRouted?: boolean
  expertBias?: boolean
  /** Layers repeat with this period; the last of each attends to all keys, the others locally. */
  localPeriod?: number
  /** A window in the file is in use only where `use_sliding_window` says so. */
  windowOffByDefault?: boolean
  /** The type of each layer, where the usual fields do not say; undefined: they do. */
  layerTypes?: (fields: Fields, layers: number) => LayerType[] | undefined
  /** Which layers have experts, where the usual fields do not say. */
  hasExperts?: (fields: Fields) => (layer: number) => boolean
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
  'https://github.com/huggingface/transformers/tree/v4.57.1/src/transformers/models'

/** The modelling code of a family in transformers 4.57.1. */
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
