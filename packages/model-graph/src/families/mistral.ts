// Mistral, Ministral, Mixtral, Mistral 4 and Large 3, which has latent attention.
import { type Architecture, type Family, transformers } from './family.js'

const PLAIN: Architecture = {}

export const MISTRAL: Family = {
  source: transformers('mistral', 'ministral', 'ministral3', 'mixtral', 'mistral4'),
  types: {
    mistral: PLAIN,
    ministral: PLAIN,
    ministral3: PLAIN,
    mixtral: PLAIN,
    mistral4: PLAIN,
    voxtral_realtime_text: { ...PLAIN, tiedByDefault: true },
  },
}
