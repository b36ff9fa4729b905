// The Mersenne Twister, and the draws that Python's `random` and numpy's `RandomState` make from it,
// so that workloads of Python programs come out of their seeds.
//
// Sources: M. Matsumoto and T. Nishimura, "Mersenne Twister" (ACM TOMACS 8, 1998) and their
// reference `mt19937ar`; CPython's and numpy's documented, frozen streams.

const N = 624
const M = 397

/** MT19937 with both of its seedings. */
export class MersenneTwister {
  private readonly state = new Uint32Array(N)
  private at = N

  /** `init_genrand`, which numpy's legacy seeding uses. */
  seed(seed: number): this {
    const { state } = this
    state[0] = seed >>> 0
    for (let i = 1; i < N; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(1_812_433_253, before) + i
    }
    this.at = N
    return this
  }

  /** `init_by_array`, which Python's `random.seed` uses with the words of the integer. */
  seedByArray(key: readonly number[]): this {
    this.seed(19_650_218)
    const { state } = this
    let i = 1
    let j = 0
    for (let k = Math.max(N, key.length); k > 0; k--) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = (state[i]! ^ Math.imul(before, 1_664_525)) + key[j]! + j
      i++
      j++
      if (i >= N) {
        state[0] = state[N - 1]!
        i = 1
      }
      if (j >= key.length) j = 0
    }
    for (let k = N - 1; k > 0; k--) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = (state[i]! ^ Math.imul(before, 1_566_083_941)) - i
      i++
      if (i >= N) {
        state[0] = state[N - 1]!
        i = 1
      }
    }
    state[0] = 0x80000000
    this.at = N
    return this
  }

  /** 32 random bits. */
  uint32(): number {
    if (this.at >= N) this.refill()
    let y = this.state[this.at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }

  /** A double in [0, 1) of 53 random bits: `genrand_res53`. */
  double(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  private refill(): void {
    const { state } = this
    for (let k = 0; k < N; k++) {
      const y = (state[k]! & 0x80000000) | (state[(k + 1) % N]! & 0x7fffffff)
      state[k] = state[(k + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.at = 0
  }
}

/** Python's `random.Random(seed)`. */
export class PythonRandom {
  private readonly twister = new MersenneTwister()

  /** @param seed an integer from 0 to 2^53 */
  constructor(seed: number) {
    const words = seed < 2 ** 32 ? [seed] : [seed % 2 ** 32, Math.floor(seed / 2 ** 32)]
    this.twister.seedByArray(words)
  }

  /** `random.random()`. */
  random(): number {
    return this.twister.double()
  }

  /** `random.uniform(low, high)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random()
  }

  /** `random.randint(low, high)`, both included, for spans below 2^32. */
  randint(low: number, high: number): number {
    const span = high - low + 1
    const bits = 32 - Math.clz32(span)
    let value: number
    do {
      value = this.twister.uint32() >>> (32 - bits)
    } while (value >= span)
    return low + value
  }
}

/** numpy's `numpy.random.RandomState(seed)`, the legacy generator of `numpy.random.seed`. */
export class NumpyRandomState {
  private readonly twister: MersenneTwister

  /** @param seed an integer from 0 to 2^32 − 1 */
  constructor(seed: number) {
    this.twister = new MersenneTwister().seed(seed)
  }

  /** `random_sample()`. */
  random(): number {
    return this.twister.double()
  }

  /** `exponential(scale)`. */
  exponential(scale: number): number {
    return scale * -Math.log(1 - this.random())
  }

  /** `randint(0, n)` for n up to 2^32: masked rejection, as `choice` draws with replacement. */
  randint(n: number): number {
    const most = n - 1
    if (most === 0) return 0
    const mask = 2 ** (32 - Math.clz32(most)) - 1
    let value: number
    do {
      value = (this.twister.uint32() & mask) >>> 0
    } while (value > most)
    return value
  }
}
