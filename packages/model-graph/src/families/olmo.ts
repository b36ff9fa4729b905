// OLMo 1 to 3, with experts, and with the gated delta rule.
import type { Fields } from '../config/fields.js'
import { readGatedDelta } from '../config/read-state.js'
import { type Architecture, type Family, LLAMA_LIKE, transformers } from './family.js'

const POST: Architecture = { ...LLAMA_LIKE, residual: 'post', qkNorm: 'layer' }

export const OLMO: Family = {
  source: transformers('olmo', 'olmo2', 'olmo3', 'olmoe', 'flex_olmo', 'olmo_hybrid'),
  types: {
    olmo: LLAMA_LIKE,
    olmo2: POST,
    olmo3: { ...POST, localPeriod: 4 },
    olmoe: { ...LLAMA_LIKE, qkNorm: 'layer' },
    flex_olmo: POST,
    olmo_hybrid: { ...POST, layerTypes: everyFourthFull, mixers: { linear: readGatedDelta } },
  },
}

function everyFourthFull(_: Fields, layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => ((layer + 1) % 4 === 0 ? 'full' : 'linear'))
}
