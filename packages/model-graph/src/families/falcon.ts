// Falcon, Falcon Mamba, and Falcon-H1, whose layers have attention and Mamba-2 beside each other.
import type { SeveralMixers } from '../blocks/several.js'
import { readAttention } from '../config/read-attention.js'
import { readMamba1, readMamba2 } from '../config/read-state.js'
import { type Family, type LayerContext, transformers } from './family.js'

export const FALCON: Family = {
  source: transformers('falcon', 'falcon_h1', 'falcon_mamba'),
  types: {
    falcon: {
      norm: 'layernorm',
      normBias: true,
      plainMlp: true,
      residual: 'parallel',
      qkvBias: 'bias',
      outBias: 'bias',
      mlpBias: 'bias',
      tiedByDefault: true,
      // The first architecture has one key-value head or as many as query heads.
      normalize: ({ num_kv_heads, new_decoder_architecture, multi_query, ...values }) => ({
        ...values,
        activation_function: 'gelu',
        ...(new_decoder_architecture === true ? { num_key_value_heads: num_kv_heads } : {}),
        multi_query: new_decoder_architecture !== true && multi_query !== false,
      }),
    },
    falcon_mamba: {
      mixers: { mamba: readMamba1 },
      layerTypes: (_, layers) => new Array<string>(layers).fill('mamba'),
      feedForward: () => ({ type: 'none' }),
    },
    falcon_h1: {
      qkvBias: 'attention_bias',
      mlpBias: 'mlp_bias',
      mixers: { full: readBoth },
      layerTypes: (_, layers) => new Array<string>(layers).fill('full'),
    },
  },
}

function readBoth(context: LayerContext): SeveralMixers {
  return {
    type: 'several',
    order: 'beside',
    mixers: [readAttention(context), readMamba2(context)],
  }
}
