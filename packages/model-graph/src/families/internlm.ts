// InternLM 1 to 3.
import type { Family } from './family.js'

export const INTERNLM: Family = {
  source:
    'modelling code of internlm/internlm-20b, internlm2-20b and internlm3-8b-instruct on Hugging Face',
  types: {
    internlm: { qkvBias: 'bias', outBias: 'bias' },
    internlm2: { qkvBias: 'bias', outBias: 'bias' },
    internlm3: { qkvBias: 'qkv_bias', outBias: 'bias', mlpBias: 'bias' },
  },
}
