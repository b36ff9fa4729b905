// Llama 2 to 4 and models with its layers: Yi, Baichuan, Granite.
import type { Fields } from '../config/fields.js'
import { type Family, LLAMA_LIKE, transformers } from './family.js'

export const LLAMA: Family = {
  source: transformers('llama', 'llama4', 'granite'),
  types: {
    llama: LLAMA_LIKE,
    yi: {},
    baichuan: {},
    granite: LLAMA_LIKE,
    llama4_text: {
      ...LLAMA_LIKE,
      qkNorm: { field: 'use_qk_norm', style: 'head' },
      localPeriod: 4,
      unrotatedFull: true,
      denseWidth: 'intermediate_size_mlp',
      sharedAsRouted: true,
      hasExperts: expertsOfLlama4,
    },
  },
  synonyms: { llama4: 'llama4_text' },
}

function expertsOfLlama4(fields: Fields): (layer: number) => boolean {
  const listed = fields.raw('moe_layers')
  if (Array.isArray(listed) && listed.length > 0) return (layer) => listed.includes(layer)
  const step = fields.optionalSize('interleave_moe_layer_step') ?? 1
  return (layer) => (layer + 1) % step === 0
}
