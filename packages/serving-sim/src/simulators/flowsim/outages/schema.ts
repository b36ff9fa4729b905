// The section `failures` of a configuration.
import { z } from 'zod'

const amount = z.number().nonnegative().max(1e12)
const rate = z.number().positive().max(1e12)

export const failuresSchema = z.strictObject({
  /** Of one device; an instance fails with the first of its devices. */
  mtbfHours: rate.optional(),
  /** What becomes of the requests of an instance that fails. */
  requests: z.enum(['retry', 'lose']).optional(),
  /** Until it is noticed, and a new one is begun. */
  detectS: amount.optional(),
  /** The weights of an instance, from storage to its devices. */
  weightsGBps: rate.optional(),
  /** What its engine does besides before it takes requests. */
  startS: amount.optional(),
})

export type FailuresConfig = z.infer<typeof failuresSchema>
