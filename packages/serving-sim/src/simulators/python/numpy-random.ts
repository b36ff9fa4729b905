// What programs in Python draw from `numpy.random.RandomState(seed)`, the legacy generator of
// `numpy.random.seed`: the Mersenne Twister, and numpy's frozen ways from its words to distributions.
//
// Sources: numpy's legacy distributions (its streams are frozen by policy, NEP 19).
import { bisectRight } from 'd3-array'
import { mersenne } from 'pure-rand/generator/mersenne'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** A double in [0, 1) of 53 random bits, as `genrand_res53` of the reference makes it. */
export function double53(twister: RandomGenerator): number {
  const high = twister.next() >>> 5
  const low = twister.next() >>> 6
  return (high * 67_108_864 + low) / 9_007_199_254_740_992
}

/** numpy's `RandomState(seed)`, as far as simulators use it. */
export class NumpyRandomState {
  private readonly twister: RandomGenerator
  private spareNormal: number | null = null

  /** @param seed an integer from 0 to 2^32 − 1 */
  constructor(seed: number) {
    this.twister = mersenne(seed)
  }

  /** `random_sample()`. */
  random(): number {
    return double53(this.twister)
  }

  /** `exponential(scale)`. */
  exponential(scale: number): number {
    return scale * -Math.log(1 - this.random())
  }

  /** `standard_normal()`: Marsaglia's polar method, which gives two at a time. */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal
      this.spareNormal = null
      return spare
    }
    for (;;) {
      const x = 2 * this.random() - 1
      const y = 2 * this.random() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.spareNormal = scale * x
      return scale * y
    }
  }

  /**
   * `standard_gamma(shape)`: for shapes above 1 Marsaglia and Tsang's method, below 1 that of Ahrens and
   * Dieter as numpy has it.
   */
  gamma(shape: number): number {
    if (shape === 1) return this.exponential(1)
    if (shape < 1) return this.gammaBelowOne(shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      let x: number
      let v: number
      do {
        x = this.normal()
        v = 1 + c * x
      } while (v <= 0)
      v = v * v * v
      const u = this.random()
      if (u < 1 - 0.0331 * (x * x) * (x * x)) return d * v
      if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
    }
  }

  private gammaBelowOne(shape: number): number {
    for (;;) {
      const u = this.random()
      const v = this.exponential(1)
      if (u <= 1 - shape) {
        const x = u ** (1 / shape)
        if (x <= v) return x
      } else {
        const y = -Math.log((1 - u) / shape)
        const x = (1 - shape + shape * y) ** (1 / shape)
        if (x <= v + y) return x
      }
    }
  }

  /** `randint(0, n)` for n up to 2^32: masked rejection, as `choice` draws with replacement. */
  randint(n: number): number {
    const most = n - 1
    if (most === 0) return 0
    const mask = 2 ** (32 - Math.clz32(most)) - 1
    let value: number
    do {
      value = (this.twister.next() & mask) >>> 0
    } while (value > most)
    return value
  }

  /**
   * `choice(weights.length, count, replace=False, p=weights)`: draws as many as are missing, keeps the
   * first of equal ones, and goes on with what is left.
   */
  choice(weights: readonly number[], count: number): number[] {
    if (count > weights.filter((weight) => weight > 0).length) {
      throw new RangeError(`${count} distinct draws from fewer weights`)
    }
    const left = Float64Array.from(weights)
    const found: number[] = []
    const cumulative = new Float64Array(left.length)
    while (found.length < count) {
      const draws = Array.from({ length: count - found.length }, () => this.random())
      for (const index of found) left[index] = 0
      let sum = 0
      for (let i = 0; i < left.length; i++) {
        sum += left[i]!
        cumulative[i] = sum
      }
      for (let i = 0; i < left.length; i++) cumulative[i] = cumulative[i]! / sum
      found.push(...new Set(draws.map((draw) => indexAbove(cumulative, draw))))
    }
    return found
  }
}

/** Index of the first value above `x`. */
function indexAbove(ascending: Float64Array, x: number): number {
  return Math.min(bisectRight(ascending, x), ascending.length - 1)
}
