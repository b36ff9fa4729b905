// Mistral, Ministral and Mixtral.
import { type Family, transformers } from './family.js'

export const MISTRAL: Family = {
  source: transformers('mistral', 'mixtral'),
  types: { mistral: {}, ministral: {}, mixtral: {} },
}
