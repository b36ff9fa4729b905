// The section `lora` of a configuration.
import { z } from 'zod'
import { positive } from '../../../config/limits.js'

/** Linear layers that adapters change. */
export const ADAPTED_PARTS = ['attention', 'mlp'] as const

const amount = z.number().nonnegative().max(1e12)
const rate = z.number().positive().max(1e12)

export const loraSchema = z.strictObject({
  /** Of all adapters; their places on the device are as large. */
  rank: positive.max(4096).optional(),
  modules: z.array(z.enum(ADAPTED_PARTS)).min(1).optional(),
  /** Different adapters that a step may have, and that the device holds. */
  maxLoras: positive.max(10_000).optional(),
  /** Adapters that the host holds; left out, all of them. */
  hostAdapters: positive.optional(),
  hostBandwidthGBps: rate.optional(),
  hostLatencyUs: amount.optional(),
  /** From storage to the host. */
  storageGBps: rate.optional(),
  storageLatencyMs: amount.optional(),
  /** Of an adapter on one device, where `stepTime` knows no layers. */
  megabytes: rate.optional(),
  /** What a step with adapters takes besides, where `stepTime` knows no layers. */
  stepUs: amount.optional(),
})

export type LoraConfig = z.infer<typeof loraSchema>
