// Phi-1 to Phi-4, dense and with experts.
import { CLASSIC, type Family, transformers } from './family.js'

export const PHI: Family = {
  source: transformers('phi', 'phi3', 'phi4_multimodal', 'phimoe'),
  types: {
    phi: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.5, headBias: true },
    phi3: {},
    phi4_multimodal: {},
    phimoe: {
      norm: 'layernorm',
      normBias: true,
      qkvBias: 'attention_bias',
      outBias: 'attention_bias',
      headBias: 'lm_head_bias',
    },
  },
  synonyms: { phi_msft: 'phi', phi4mm: 'phi4_multimodal' },
}
