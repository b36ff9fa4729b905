// Images of generated requests: how many, how large, and which are the same.
import type { WorkloadImage } from '@flowsim/trace-schema'
import { z } from 'zod'
import { requests } from '../config/limits.js'
import type { RandomSource } from '../random/random.js'
import { lengthSampler, lengthSchema } from './lengths.js'

export const imagesSchema = z
  .strictObject({
    count: lengthSchema.optional().describe('Images of a request, or of a question. Default 1.'),
    width: lengthSchema.optional().describe('Pixels; the model says how many tokens that is.'),
    height: lengthSchema.optional().describe('Pixels.'),
    tokens: lengthSchema.optional().describe('Tokens of an image, instead of its size.'),
    distinct: requests
      .optional()
      .describe('Number of different images that requests share. Default: each is new.'),
    skew: z
      .number()
      .nonnegative()
      .optional()
      .describe('How unevenly they are used: the k-th as often as k^-skew. Default 0.'),
  })
  .refine(
    ({ width, height, tokens }) =>
      (width === undefined) === (height === undefined) &&
      (width === undefined) !== (tokens === undefined),
    { error: 'give either width and height, or tokens' },
  )

/** Images that come with requests. */
export type ImagesSpec = z.infer<typeof imagesSchema>

/** Draws the images of a request. */
export function imageSampler(
  spec: ImagesSpec | undefined,
  random: RandomSource,
): () => WorkloadImage[] {
  if (spec === undefined) return () => []
  const drawCount = lengthSampler(spec.count ?? 1, random, 0)
  const drawImage = sizeSampler(spec, random)
  const { distinct, skew = 0 } = spec
  if (distinct === undefined) return () => Array.from({ length: drawCount() }, drawImage)
  const pool = Array.from({ length: distinct }, (_, i) => ({
    ...drawImage(),
    group: `image-${i + 1}`,
  }))
  const pick = lengthSampler({ distribution: 'zipf', min: 1, max: distinct, theta: skew }, random)
  return () => Array.from({ length: drawCount() }, () => pool[pick() - 1]!)
}

function sizeSampler(
  { width, height, tokens }: ImagesSpec,
  random: RandomSource,
): () => WorkloadImage {
  if (tokens !== undefined) {
    const draw = lengthSampler(tokens, random)
    return () => ({ tokens: draw() })
  }
  const drawWidth = lengthSampler(width!, random)
  const drawHeight = lengthSampler(height!, random)
  return () => ({ width: drawWidth(), height: drawHeight() })
}

/**
 * Images that stand one after the other behind so many tokens of a prompt; those of sessions are found again in
 * later rounds.
 * @returns with the tokens that they add to the prompt
 */
export function placedImages(
  images: readonly WorkloadImage[],
  after: number,
  name: (index: number) => string | null,
): { images: WorkloadImage[]; tokens: number } {
  let tokens = 0
  const placed = images.map((image, i) => {
    const group = image.group ?? name(i)
    const one = { ...image, ...(group === null ? {} : { group }), after: after + tokens }
    tokens += image.tokens ?? 0
    return one
  })
  return { images: placed, tokens }
}
