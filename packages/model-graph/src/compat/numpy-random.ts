// The part of numpy's legacy generator (`numpy.random.seed`, `rand`, `choice` without replacement)
// that ReaLLM draws experts with: MT19937 (Matsumoto and Nishimura 1998) seeded by one integer, and
// 53-bit doubles from two outputs.
const SIZE = 624
const SHIFT = 397

/** numpy's `RandomState(seed)`, as far as ReaLLM uses it. */
export class NumpyRandom {
  readonly #state = new Uint32Array(SIZE)
  #next = SIZE

  constructor(seed: number) {
    const state = this.#state
    state[0] = seed >>> 0
    for (let i = 1; i < SIZE; i++) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(1812433253, previous) + i
    }
  }

  /** A double in [0, 1), as `rand()`. */
  uniform(): number {
    const high = this.#uint32() >>> 5
    const low = this.#uint32() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /**
   * `choice(weights.length, count, replace=False, p=weights)`: draws as many as are missing, keeps
   * the first of equal ones, and goes on with what is left.
   */
  choice(weights: readonly number[], count: number): number[] {
    if (count > weights.filter((weight) => weight > 0).length) {
      throw new RangeError(`${count} distinct draws from fewer weights`)
    }
    const left = Float64Array.from(weights)
    const found: number[] = []
    const cumulative = new Float64Array(left.length)
    while (found.length < count) {
      const draws = Array.from({ length: count - found.length }, () => this.uniform())
      for (const index of found) left[index] = 0
      let sum = 0
      for (let i = 0; i < left.length; i++) {
        sum += left[i]!
        cumulative[i] = sum
      }
      for (let i = 0; i < left.length; i++) cumulative[i] = cumulative[i]! / sum
      const fresh = new Set(draws.map((draw) => above(cumulative, draw)))
      found.push(...fresh)
    }
    return found
  }

  #uint32(): number {
    if (this.#next >= SIZE) this.#refill()
    let y = this.#state[this.#next++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #refill(): void {
    const state = this.#state
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff)
      state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
    }
    this.#next = 0
  }
}

/** Index of the first value above `x`. */
function above(ascending: Float64Array, x: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= x) low = middle + 1
    else high = middle
  }
  return Math.min(low, ascending.length - 1)
}
