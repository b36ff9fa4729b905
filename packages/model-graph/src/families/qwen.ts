// Qwen 1 to 3.5: dense, with experts, with linear attention, with vision.
import type { Fields } from '../config/fields.js'
import {
  type Architecture,
  type Family,
  type LayerType,
  LLAMA_LIKE,
  transformers,
} from './family.js'

const BIASED: Architecture = { qkvBias: true, windowOffByDefault: true }
const NORMED: Architecture = { ...LLAMA_LIKE, qkNorm: 'head', windowOffByDefault: true }
const HYBRID: Architecture = {
  qkNorm: 'head',
  outputGate: true,
  linear: 'gated_delta',
  rotaryByDefault: 0.25,
  sharedGate: true,
  windowOffByDefault: true,
  layerTypes: everyFourthFull,
}

export const QWEN: Family = {
  source: transformers('qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'qwen3_next', 'qwen3_vl'),
  types: {
    qwen: { ...BIASED, interIsDouble: true },
    qwen2: BIASED,
    qwen2_moe: { ...BIASED, sharedGate: true },
    qwen3: NORMED,
    qwen3_moe: NORMED,
    qwen3_next: HYBRID,
    qwen3_5_text: HYBRID,
    qwen3_5_moe_text: HYBRID,
    qwen3_vl_text: NORMED,
    qwen3_vl_moe_text: NORMED,
  },
  synonyms: {
    qwen3_5: 'qwen3_5_text',
    qwen3_5_moe: 'qwen3_5_moe_text',
    qwen3_vl: 'qwen3_vl_text',
    qwen3_vl_moe: 'qwen3_vl_moe_text',
  },
}

function everyFourthFull(fields: Fields, layers: number): LayerType[] {
  const interval = fields.optionalSize('full_attention_interval') ?? 4
  return Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % interval === 0 ? 'full' : 'linear',
  )
}
