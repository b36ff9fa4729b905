// Phi-1 to Phi-4.
import { CLASSIC, type Family, transformers } from './family.js'

export const PHI: Family = {
  source: transformers('phi', 'phi3'),
  types: {
    phi: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.5, headBias: true },
    phi3: {},
  },
  synonyms: { phi_msft: 'phi' },
}
