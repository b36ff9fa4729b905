// The section `encoder` of a configuration.
import { z } from 'zod'
import { positive } from '../../../config/limits.js'

const amount = z.number().nonnegative().max(1e12)

export const encoderSchema = z.strictObject({
  /** Tokens of images that a step may encode. */
  budgetTokens: positive.optional(),
  /** Tokens of images whose embeddings the devices hold. */
  cacheTokens: positive.optional(),
  /** Of an image, instead of what the model's tower takes. */
  encodeMs: amount.optional(),
  /** Of a token of an image, beside `encodeMs`. */
  encodeUsPerToken: amount.optional(),
  /** Embeddings of a token of an image, where they go to another instance. */
  bytesPerToken: amount.optional(),
})

export type EncoderConfig = z.infer<typeof encoderSchema>
