// Kimi K2 to K3 and Kimi Linear, whose linear attention has a decay for each channel.
import type { Fields } from '../config/fields.js'
import { readKimiDelta } from '../config/read-state.js'
import { type Architecture, type Family, transformers } from './family.js'

/** Kimi's first layer alone has a dense network. */
const FIRST_DENSE = { first_k_dense_replace: 1 }
const LATENT: Architecture = { qkvBias: 'attention_bias', defaults: FIRST_DENSE }

export const KIMI: Family = {
  source: `${transformers('kimi_k25', 'kimi_linear')}; config.json and modelling code of moonshotai/Kimi-K2-Instruct and moonshotai/Kimi-Linear-48B-A3B-Instruct on Hugging Face`,
  types: {
    kimi_k2: LATENT,
    kimi_k25: LATENT,
    kimi_linear: {
      defaults: FIRST_DENSE,
      layerTypes: listed,
      mixers: { linear: readKimiDelta },
      extras: (fields) => {
        const residualBlock = fields.optionalSize('attn_res_block_size')
        return residualBlock === undefined ? undefined : { residualBlock }
      },
    },
  },
  synonyms: { kimi_k3: 'kimi_linear' },
}

/** The lists count layers from 1. */
function listed(fields: Fields, layers: number): string[] {
  const full = fields.object('linear_attn_config')?.raw('full_attn_layers')
  const isFull = Array.isArray(full)
    ? (layer: number) => full.includes(layer + 1)
    : (layer: number) => layer > 0 && layer % 4 === 0
  return Array.from({ length: layers }, (_, layer) => (isFull(layer) ? 'full' : 'linear'))
}
