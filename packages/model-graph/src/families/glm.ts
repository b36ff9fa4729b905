// GLM-4 to GLM-5, GLM-V and ChatGLM.
import type { Fields } from '../config/fields.js'
import { readKimiDelta } from '../config/read-state.js'
import { type Architecture, type Family, transformers } from './family.js'

const BIASED: Architecture = { qkvBias: 'attention_bias', rotaryByDefault: 0.5 }
const HEADS_OF_128 = { head_dim: 128 }
const LATENT: Architecture = { qkvBias: 'attention_bias' }

export const GLM: Family = {
  source: `${transformers('glm', 'glm4', 'glm4v', 'glm4_moe', 'glm4_moe_lite', 'glm_moe_dsa', 'glm5_next')}; modelling code of THUDM/chatglm3-6b on Hugging Face`,
  types: {
    glm: BIASED,
    glm4: { ...BIASED, residual: 'sandwich' },
    glm4v_text: { qkvBias: true, rotaryByDefault: 0.5, residual: 'sandwich' },
    glm_ocr_text: { rotaryByDefault: 0.5, residual: 'sandwich' },
    glm4_moe: {
      ...BIASED,
      qkNorm: { field: 'use_qk_norm', style: 'head' },
      defaults: HEADS_OF_128,
    },
    glm4v_moe_text: { ...BIASED, defaults: HEADS_OF_128 },
    glm4_moe_lite: { ...LATENT, defaults: { first_k_dense_replace: 1 } },
    glm_moe_dsa: LATENT,
    glm5_next_text: {
      ...LATENT,
      defaults: { first_k_dense_replace: 3 },
      layerTypes: everyFourthFull,
      mixers: { linear: readKimiDelta },
      extras: (fields) => {
        const count = fields.optionalSize('hc_mult') ?? 4
        return { streams: { count, mixes: (2 + count) * count } }
      },
    },
    chatglm: { qkvBias: 'add_qkv_bias', rotaryByDefault: 0.5 },
  },
  synonyms: { glm46v: 'glm4v_moe_text' },
}

function everyFourthFull(_: Fields, layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => (layer % 4 === 3 ? 'full' : 'linear'))
}
