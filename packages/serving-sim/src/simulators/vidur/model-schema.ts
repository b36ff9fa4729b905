// A model in configurations: one of Vidur's names, or sizes.
import { z } from 'zod'
import { ServingError, type SourcePlace } from '../../errors.js'
import { VIDUR_MODELS, type VidurModel } from './catalogue.js'

const positive = z.int().positive()

export const modelSchema = z.union([
  z.string(),
  z.strictObject({
    layers: positive,
    queryHeads: positive,
    kvHeads: positive,
    hidden: positive,
    mlpHidden: positive,
    vocabulary: positive,
    gatedMlp: z.boolean().default(true),
    postAttentionNorm: z.boolean().default(true),
  }),
])

/** @throws ServingError `invalid_config` for a name that is not in the table */
export function modelOf(given: z.infer<typeof modelSchema>, place: SourcePlace): VidurModel {
  if (typeof given !== 'string') return given
  const known = VIDUR_MODELS[given]
  if (known !== undefined) return known
  const names = Object.keys(VIDUR_MODELS).join(', ')
  throw new ServingError(
    'invalid_config',
    `model "${given}" is not one of ${names}; give its sizes instead`,
    place,
  )
}
