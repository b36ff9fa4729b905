// A model in configurations: one of Vidur's names, or sizes.
import { z } from 'zod'
import { positive, stages } from '../../config/limits.js'
import { named } from '../../config/named.js'
import type { SourcePlace } from '../../errors.js'
import { VIDUR_MODELS, type VidurModel } from './catalogue.js'

export const modelSchema = z.union([
  z.string(),
  z.strictObject({
    layers: stages,
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
export const modelOf = (given: z.infer<typeof modelSchema>, place: SourcePlace): VidurModel =>
  named<VidurModel>(given, VIDUR_MODELS, { kind: 'model', instead: 'its sizes', place })
