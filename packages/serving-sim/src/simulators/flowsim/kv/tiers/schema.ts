// The list `kv.tiers` of a configuration: where prefixes are kept beside the devices.
import { z } from 'zod'

const amount = z.number().nonnegative().max(1e12)
const rate = z.number().positive().max(1e12)

const everyTier = {
  /** Of all the KV of an instance, or of the cluster where it is shared; left out, unlimited. */
  capacityGB: amount.optional(),
  /** `through`: blocks are written when they are computed; `back`: when the tier above gives them up. */
  write: z.enum(['through', 'back']).optional(),
  /** Share of the workload's prefixes that are there at the start. */
  warm: z.number().min(0).max(1).optional(),
}

const fetchedTier = {
  ...everyTier,
  /** Of each instance. */
  bandwidthGBps: rate.optional(),
  latencyUs: amount.optional(),
  /** Whether the instances of a model find what others wrote. */
  shared: z.boolean().optional(),
  /** What it gives to all instances together; left out, unlimited. */
  totalGBps: rate.optional(),
}

export const tiersSchema = z
  .array(
    z.discriminatedUnion('type', [
      /** Its link is `kv.hostBandwidthGBps` and `kv.hostLatencyUs`. */
      z.strictObject({ type: z.literal('host'), ...everyTier }),
      z.strictObject({ type: z.literal('ssd'), ...fetchedTier }),
      z.strictObject({ type: z.literal('remote'), ...fetchedTier }),
    ]),
  )
  .min(1)
  .max(3)

export type TierConfig = z.infer<typeof tiersSchema>[number]
