// Ling and Ring: with experts, and with linear attention in all but the last layer of each group.
import type { Fields } from '../config/fields.js'
import { readLightning } from '../config/read-state.js'
import type { Architecture, Family } from './family.js'

const EXPERTS: Architecture = {
  qkvBias: 'use_qkv_bias',
  outBias: 'use_bias',
  qkNorm: { field: 'use_qk_norm', style: 'head' },
  defaults: { use_qk_norm: false },
}

export const LING: Family = {
  source:
    'config.json and modelling code of inclusionAI/Ling-lite-1.5, Ling-mini-2.0, Ling-1T and Ring-mini-linear-2.0 on Hugging Face',
  types: {
    bailing_moe: EXPERTS,
    bailing_moe_v2: EXPERTS,
    bailing_moe_linear: { ...EXPERTS, layerTypes: grouped, mixers: { linear: readLightning } },
  },
  synonyms: { bailing_hybrid: 'bailing_moe_linear', bailing_moe_linear_v2: 'bailing_moe_linear' },
}

function grouped(fields: Fields, layers: number): string[] {
  const group = fields.optionalSize('layer_group_size') ?? 1
  return Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % group === 0 || layer >= Math.floor(layers / group) * group ? 'full' : 'linear',
  )
}
