// How long prompts and outputs are: a number of tokens, or a distribution of them.
import { bisectRight, cumsum, range } from 'd3-array'
import { randomExponential, randomInt, randomLogNormal, randomNormal } from 'd3-random'
import { z } from 'zod'
import { MOST_TOKENS, tokens } from '../config/limits.js'
import { ServingError } from '../errors.js'
import type { RandomSource } from '../random/random.js'

const limits = { min: tokens.optional(), max: tokens.optional() }

/** Validates a {@link LengthSpec}. */
export const lengthSchema = z.union([
  tokens,
  z.discriminatedUnion('distribution', [
    z.strictObject({ distribution: z.literal('fixed'), tokens }),
    z.strictObject({ distribution: z.literal('uniform'), min: tokens, max: tokens }),
    // Clamped to min and max, then rounded; so are the next two.
    z.strictObject({
      distribution: z.literal('normal'),
      mean: z.number().nonnegative(),
      stdev: z.number().nonnegative(),
      ...limits,
    }),
    // `mean` and `stdev` are those of the counts, not of their logarithms.
    z.strictObject({
      distribution: z.literal('lognormal'),
      mean: z.number().positive(),
      stdev: z.number().nonnegative(),
      ...limits,
    }),
    z.strictObject({
      distribution: z.literal('exponential'),
      mean: z.number().positive(),
      ...limits,
    }),
    // Counts from min to max, the k-th as likely as k^-theta.
    z.strictObject({
      distribution: z.literal('zipf'),
      min: tokens,
      max: tokens,
      theta: z.number().nonnegative(),
    }),
    // One of the given counts, each as likely.
    z.strictObject({ distribution: z.literal('empirical'), tokens: z.array(tokens).min(1) }),
  ]),
])

/** A distribution of token counts; a number alone is a fixed count. */
export type LengthSpec = z.infer<typeof lengthSchema>

/**
 * Draws token counts of at least `least`.
 * @throws ServingError `invalid_workload` where a minimum is above its maximum
 */
export function lengthSampler(spec: LengthSpec, random: RandomSource, least = 1): () => number {
  if (typeof spec === 'number') return () => Math.max(least, spec)
  switch (spec.distribution) {
    case 'fixed':
      return () => Math.max(least, spec.tokens)
    case 'uniform': {
      checkRange(spec)
      const draw = randomInt.source(random)(spec.min, spec.max + 1)
      return () => Math.max(least, draw())
    }
    case 'normal':
      return clamped(randomNormal.source(random)(spec.mean, spec.stdev), spec, least)
    case 'lognormal': {
      const variance = Math.log(1 + (spec.stdev / spec.mean) ** 2)
      const mu = Math.log(spec.mean) - variance / 2
      return clamped(randomLogNormal.source(random)(mu, Math.sqrt(variance)), spec, least)
    }
    case 'exponential':
      return clamped(randomExponential.source(random)(1 / spec.mean), spec, least)
    case 'zipf': {
      checkRange(spec)
      const ranks = range(1, spec.max - spec.min + 2)
      const cumulative = cumsum(ranks, (rank) => rank ** -spec.theta)
      const total = cumulative.at(-1)!
      return () => Math.max(least, spec.min + bisectRight(cumulative, random() * total))
    }
    case 'empirical': {
      const pick = randomInt.source(random)(spec.tokens.length)
      return () => Math.max(least, spec.tokens[pick()]!)
    }
  }
}

interface Range {
  min?: number | undefined
  max?: number | undefined
}

function clamped(draw: () => number, range: Range, least: number): () => number {
  const { min = least, max = MOST_TOKENS } = range
  checkRange({ min, max })
  return () => Math.max(least, Math.round(Math.max(min, Math.min(max, draw()))))
}

function checkRange({ min, max }: Range): void {
  if (min === undefined || max === undefined || min <= max) return
  throw new ServingError('invalid_workload', `min ${min} is above max ${max}`)
}
