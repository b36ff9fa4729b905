// Random numbers from a seed: the same seed gives the same prompts, lengths and arrivals.
import { randomExponential, randomGamma } from 'd3-random'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A source of random numbers. */
export interface Random {
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** Exponentially distributed with the given rate. */
  exponential(rate: number): number
  /** Gamma distributed; the mean is shape × scale. */
  gamma(shape: number, scale: number): number
}

/** A source that depends on nothing but its seed. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  const uniform = () => uniformFloat64(generator)
  return {
    int: (low, high) => uniformInt(generator, low, high),
    exponential: (rate) => randomExponential.source(uniform)(rate)(),
    gamma: (shape, scale) => randomGamma.source(uniform)(shape, scale)(),
  }
}
