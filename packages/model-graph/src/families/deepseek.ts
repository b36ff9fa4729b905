// DeepSeek V1 to V3.2 and Kimi K2, which has its layers.
import { type Architecture, type Family, LLAMA_LIKE, transformers } from './family.js'

const LATENT: Architecture = { qkvBias: 'attention_bias' }

export const DEEPSEEK: Family = {
  source: `${transformers('deepseek_v2', 'deepseek_v3')}, modelling code of deepseek-ai/DeepSeek-V3.2-Exp and moonshotai/Kimi-K2-Instruct on Hugging Face`,
  types: {
    deepseek: LLAMA_LIKE,
    deepseek_v2: LATENT,
    deepseek_v3: LATENT,
    deepseek_v32: LATENT,
    kimi_k2: LATENT,
    kimi_k25: LATENT,
  },
}
