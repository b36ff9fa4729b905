// Command R.
import { type Family, transformers } from './family.js'

export const COHERE: Family = {
  source: transformers('cohere'),
  types: { cohere: { norm: 'layernorm', residual: 'parallel', tiedByDefault: true } },
}
