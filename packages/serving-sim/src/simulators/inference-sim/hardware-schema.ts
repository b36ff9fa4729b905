// A device in configurations: one of inference-sim's names, or figures in its units.
import { z } from 'zod'
import { named } from '../../config/named.js'
import type { SourcePlace } from '../../errors.js'
import { INFERENCE_SIM_HARDWARE } from './latency/hardware.js'
import type { InferenceSimHardware } from './latency/model.js'

export const hardwareSchema = z.union([
  z.string(),
  z.strictObject({
    TFlopsPeak: z.number().positive(),
    TFlopsFP8: z.number().nonnegative().default(0),
    BwPeakTBs: z.number().positive(),
    mfuPrefill: z.number().positive(),
    mfuDecode: z.number().positive(),
    MemoryGiB: z.number().positive().default(80),
  }),
])

/** @throws ServingError `invalid_config` for a name that is not in the table */
export const hardwareOf = (
  given: z.infer<typeof hardwareSchema>,
  place: SourcePlace,
): InferenceSimHardware =>
  named<InferenceSimHardware>(given, INFERENCE_SIM_HARDWARE, {
    kind: 'hardware',
    instead: 'its figures',
    place,
  })
