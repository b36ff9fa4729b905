// MiniMax Text-01 and M1, with linear attention, and M2.
import type { Fields } from '../config/fields.js'
import { type Architecture, type Family, type LayerType, transformers } from './family.js'

const LIGHTNING: Architecture = { linear: 'lightning', layerTypes: listed }

export const MINIMAX: Family = {
  source: `${transformers('minimax')}, modelling code of MiniMaxAI/MiniMax-M1-80k and MiniMax-M2 on Hugging Face`,
  types: {
    minimax_m2: { qkNorm: { field: 'use_qk_norm', style: 'layer' } },
    minimax: LIGHTNING,
    minimax_text_01: LIGHTNING,
    minimax_m1: LIGHTNING,
  },
  synonyms: { minimaxtext01: 'minimax_text_01', minimaxm1: 'minimax_m1' },
}

function listed(fields: Fields, layers: number): LayerType[] | undefined {
  return fields.list('attn_type_list', layers)?.map((kind) => (kind === 0 ? 'linear' : 'full'))
}
