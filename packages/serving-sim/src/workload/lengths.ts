// How long prompts and outputs are.
import { ServingError } from '../errors.js'
import type { Random } from '../random/random.js'

/** A distribution of token counts; a number alone is a fixed count. */
export type LengthSpec =
  | number
  | { distribution: 'fixed'; tokens: number }
  | { distribution: 'uniform'; min: number; max: number }
  /** Clamped to min and max, then rounded. */
  | { distribution: 'normal'; mean: number; stdev: number; min?: number; max?: number }
  /** `mean` and `stdev` are those of the counts, not of their logarithms. */
  | { distribution: 'lognormal'; mean: number; stdev: number; min?: number; max?: number }
  | { distribution: 'exponential'; mean: number; min?: number; max?: number }
  /** Counts from min to max, the k-th as likely as k^-theta. */
  | { distribution: 'zipf'; min: number; max: number; theta: number }
  /** One of the given counts, each as likely. */
  | { distribution: 'empirical'; tokens: readonly number[] }

/** Draws token counts of at least `least`. */
export function lengthSampler(spec: LengthSpec, random: Random, least = 1): () => number {
  if (typeof spec === 'number') return () => Math.max(least, spec)
  const clamp = (value: number, min = least, max = Number.POSITIVE_INFINITY) =>
    Math.max(least, Math.round(Math.max(min, Math.min(max, value))))
  switch (spec.distribution) {
    case 'fixed':
      return () => Math.max(least, spec.tokens)
    case 'uniform':
      checkRange(spec.min, spec.max)
      return () => Math.max(least, random.integer(spec.min, spec.max))
    case 'normal':
      checkRange(spec.min ?? least, spec.max ?? Number.POSITIVE_INFINITY)
      return () => clamp(spec.mean + spec.stdev * random.normal(), spec.min, spec.max)
    case 'lognormal': {
      checkRange(spec.min ?? least, spec.max ?? Number.POSITIVE_INFINITY)
      const variance = Math.log(1 + (spec.stdev / spec.mean) ** 2)
      const mu = Math.log(spec.mean) - variance / 2
      const sigma = Math.sqrt(variance)
      return () => clamp(Math.exp(mu + sigma * random.normal()), spec.min, spec.max)
    }
    case 'exponential':
      checkRange(spec.min ?? least, spec.max ?? Number.POSITIVE_INFINITY)
      return () => clamp(spec.mean * random.exponential(), spec.min, spec.max)
    case 'zipf': {
      checkRange(spec.min, spec.max)
      const cumulative = zipfCumulative(spec.max - spec.min + 1, spec.theta)
      return () => Math.max(least, spec.min + search(cumulative, random.double()))
    }
    case 'empirical':
      if (spec.tokens.length === 0) {
        throw new ServingError('invalid_workload', 'an empirical distribution needs counts')
      }
      return () => Math.max(least, spec.tokens[random.below(spec.tokens.length)]!)
  }
}

function checkRange(min: number, max: number): void {
  if (min > max) throw new ServingError('invalid_workload', `min ${min} is above max ${max}`)
}

function zipfCumulative(count: number, theta: number): Float64Array {
  const cumulative = new Float64Array(count)
  let sum = 0
  for (let k = 1; k <= count; k++) {
    sum += k ** -theta
    cumulative[k - 1] = sum
  }
  for (let i = 0; i < count; i++) cumulative[i] = cumulative[i]! / sum
  return cumulative
}

/** Index of the first value above `x`. */
function search(ascending: Float64Array, x: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > x) high = middle
    else low = middle + 1
  }
  return low
}
