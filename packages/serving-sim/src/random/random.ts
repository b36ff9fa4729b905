// The random numbers of our own generators: xoshiro128++ seeded by splitmix32.
//
// Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators" (ACM TOMS 47,
// 2021). 32-bit words, so that JavaScript needs no BigInt.

/** A seeded generator with the distributions that workloads need. */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number
  private spareNormal = Number.NaN

  /** @param seed any integer of at most 53 bits */
  constructor(seed: number) {
    let state = (seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32)
    const next = () => {
      state = (state + 0x9e3779b9) | 0
      let z = state ^ (state >>> 16)
      z = Math.imul(z, 0x21f0aaad)
      z ^= z >>> 15
      z = Math.imul(z, 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next()
  }

  /** 32 random bits. */
  uint32(): number {
    const sum = (this.a + this.d) | 0
    const result = (((sum << 7) | (sum >>> 25)) + this.a) >>> 0
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result
  }

  /** Uniform in [0, 1), 53 bits. */
  double(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53
  }

  /** Uniform integer from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.double() * n)
  }

  /** Uniform integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(1 - this.double())
  }

  /** Normal with mean 0 and variance 1 (Marsaglia's polar method). */
  normal(): number {
    if (!Number.isNaN(this.spareNormal)) {
      const spare = this.spareNormal
      this.spareNormal = Number.NaN
      return spare
    }
    for (;;) {
      const x = 2 * this.double() - 1
      const y = 2 * this.double() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.spareNormal = y * scale
      return x * scale
    }
  }

  /** Gamma with the given shape and scale 1 (G. Marsaglia and W. W. Tsang, ACM TOMS 26, 2000). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.double()) ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v <= 0) continue
      if (Math.log(1 - this.double()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** Weibull with the given shape and scale 1. */
  weibull(shape: number): number {
    return this.exponential() ** (1 / shape)
  }

  /** A generator whose draws do not depend on how many this one makes. */
  fork(stream: number): Random {
    return new Random((this.a ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0)
  }
}
