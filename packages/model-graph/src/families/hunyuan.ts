// Hunyuan: dense, with experts, and Hy3 and Hy4.
import { type Architecture, type Family, transformers } from './family.js'

const NORMED: Architecture = {
  qkvBias: 'attention_bias',
  outBias: 'attention_bias',
  qkNorm: { field: 'use_qk_norm', style: 'head' },
  defaults: { use_qk_norm: true },
}

export const HUNYUAN: Family = {
  source: `${transformers('hunyuan_v1_dense', 'hunyuan_v1_moe', 'hy_v3', 'hy_v4')}; config.json of tencent/Hunyuan-A13B-Instruct on Hugging Face`,
  types: {
    hunyuan_v1_dense: NORMED,
    hunyuan_v1_moe: NORMED,
    hy_v3: { ...NORMED, defaults: { use_qk_norm: true, first_k_dense_replace: 1 } },
    hy_v4: {
      qkvBias: 'attention_bias',
      outputGate: 'element',
      sinks: true,
      defaults: { first_k_dense_replace: 1, index_topk_freq: 4, index_skip_topk_offset: 2 },
      extras: (fields) => {
        const count = fields.optionalSize('hc_mult') ?? 4
        return { streams: { count, mixes: 2 * count } }
      },
    },
  },
  synonyms: { hunyuan: 'hunyuan_v1_moe', hunyuan_dense: 'hunyuan_v1_dense' },
}
