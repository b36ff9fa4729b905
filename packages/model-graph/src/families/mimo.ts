// MiMo 7B and MiMo V2, whose local layers have their own heads and sinks.
import type { AttentionMixer } from '../blocks/attention.js'
import type { Fields } from '../config/fields.js'
import { readAttention } from '../config/read-attention.js'
import { type Family, type LayerContext, transformers } from './family.js'

export const MIMO: Family = {
  source: `${transformers('mimo_v2_flash')}; modelling code of XiaomiMiMo/MiMo-7B-Base on Hugging Face`,
  types: {
    mimo: { qkvBias: true, windowOffByDefault: true },
    mimo_v2_flash: {
      rotaryByDefault: 0.334,
      qkvBias: 'attention_bias',
      mixers: { local: readLocal },
      layerTypes: everySixthFull,
      defaults: { first_k_dense_replace: 1 },
    },
  },
  synonyms: { mimo_v2: 'mimo_v2_flash', mimo_v2_pro: 'mimo_v2_flash' },
}

function everySixthFull(fields: Fields, layers: number): string[] | undefined {
  if (fields.states('hybrid_layer_pattern')) return undefined
  return Array.from({ length: layers }, (_, layer) =>
    layer === 0 || (layer + 1) % 6 === 0 ? 'full' : 'local',
  )
}

function readLocal(context: LayerContext): AttentionMixer {
  return { ...readAttention(context), sinks: true }
}
