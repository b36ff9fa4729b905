// Qwen 1 to 3.5: dense, with experts, with linear attention, with vision and audio.
import type { Fields } from '../config/fields.js'
import { readGatedDelta } from '../config/read-state.js'
import { type Architecture, type Family, LLAMA_LIKE, transformers } from './family.js'

const BIASED: Architecture = { qkvBias: true, windowOffByDefault: true }
const NORMED: Architecture = { ...LLAMA_LIKE, qkNorm: 'head', windowOffByDefault: true }
const HYBRID: Architecture = {
  qkNorm: 'head',
  outputGate: 'element',
  rotaryByDefault: 0.25,
  sharedGate: true,
  layerTypes: everyFourthFull,
  mixers: { linear: readGatedDelta },
}

export const QWEN: Family = {
  source: transformers(
    'qwen2',
    'qwen2_moe',
    'qwen2_5_vl',
    'qwen3',
    'qwen3_moe',
    'qwen3_next',
    'qwen3_5',
    'qwen3_vl',
  ),
  types: {
    qwen: { ...BIASED, interIsDouble: true },
    qwen2: BIASED,
    qwen2_moe: { ...BIASED, sharedGate: true },
    qwen2_vl_text: BIASED,
    qwen2_5_vl_text: BIASED,
    qwen2_5_omni_text: BIASED,
    qwen3: NORMED,
    qwen3_moe: NORMED,
    qwen3_vl_text: NORMED,
    qwen3_vl_moe_text: NORMED,
    qwen3_omni_moe_text: { ...NORMED, defaults: { head_dim: 128 } },
    qwen3_next: HYBRID,
    qwen3_5_text: HYBRID,
    qwen3_5_moe_text: HYBRID,
  },
  synonyms: {
    qwen2_5_omni_thinker: 'qwen2_5_omni_text',
    qwen3_omni_moe_thinker: 'qwen3_omni_moe_text',
  },
}

function everyFourthFull(fields: Fields, layers: number): string[] {
  const interval = fields.optionalSize('full_attention_interval') ?? 4
  return Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % interval === 0 ? 'full' : 'linear',
  )
}
