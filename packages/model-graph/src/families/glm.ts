// GLM-4 to GLM-5 and ChatGLM.
import { type Architecture, type Family, transformers } from './family.js'

const LATENT: Architecture = { qkvBias: 'attention_bias' }

export const GLM: Family = {
  source: `${transformers('glm', 'glm4', 'glm4_moe')}, modelling code of zai-org/GLM-5 and THUDM/chatglm3-6b on Hugging Face`,
  types: {
    glm: { qkvBias: 'attention_bias', rotaryByDefault: 0.5 },
    glm4: { qkvBias: 'attention_bias', rotaryByDefault: 0.5, residual: 'sandwich' },
    glm4_moe: {
      qkvBias: 'attention_bias',
      rotaryByDefault: 0.5,
      qkNorm: { field: 'use_qk_norm', style: 'head' },
    },
    glm4_moe_lite: LATENT,
    glm_moe_dsa: LATENT,
    chatglm: { qkvBias: 'add_qkv_bias', rotaryByDefault: 0.5 },
  },
}
