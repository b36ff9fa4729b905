// ERNIE 4.5, dense and with experts.
import type { Fields } from '../config/fields.js'
import type { OtherWeights } from '../model.js'
import { type Architecture, type Family, transformers } from './family.js'

const BIASED: Architecture = { qkvBias: 'use_bias', outBias: 'use_bias', mlpBias: 'use_bias' }

export const ERNIE: Family = {
  source: transformers('ernie4_5', 'ernie4_5_moe', 'ernie4_5_vl_moe'),
  types: {
    ernie4_5: BIASED,
    ernie4_5_moe: BIASED,
    ernie4_5_vl_moe_text: { ...BIASED, normalize: textExperts, others: visionExperts },
  },
  synonyms: { paddleocr_vl_text: 'ernie4_5' },
}

/** Lists of two are those of experts for text and for images. */
function textExperts(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { moe_intermediate_size: inter, moe_num_experts: experts, ...rest } = values
  const [own, ofImages] = Array.isArray(inter) ? inter : [inter]
  return {
    ...rest,
    moe_intermediate_size: own,
    moe_num_experts: Array.isArray(experts) ? experts[0] : experts,
    vision_expert_inter: ofImages,
  }
}

function visionExperts(fields: Fields, hidden: number): OtherWeights[] {
  const inter = fields.optionalSize('vision_expert_inter')
  if (inter === undefined) return []
  const first = fields.count(1, 'moe_layer_start_index')
  const layers = fields.size('num_hidden_layers') - first
  const parameters = layers * fields.size('moe_num_experts') * 3 * hidden * inter
  return [{ name: 'vision_experts', parameters, activeShare: 0 }]
}
