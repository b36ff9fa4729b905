// Gemma 1 to 3.
import { type Family, transformers } from './family.js'

export const GEMMA: Family = {
  source: transformers('gemma', 'gemma2', 'gemma3'),
  types: {
    gemma: { tiedByDefault: true },
    gemma2: { tiedByDefault: true, residual: 'sandwich', localPeriod: 2 },
    gemma3_text: { tiedByDefault: true, residual: 'sandwich', qkNorm: 'head', localPeriod: 6 },
  },
  synonyms: { gemma3: 'gemma3_text' },
}
