// Go's math/rand (version 1), so that workloads of Go programs come out of their seeds: an additive
// lagged Fibonacci generator over 64 bits, s(n) = s(n-607) + s(n-273), and ziggurat normals.
//
// Sources: Go's documented value streams (math/rand keeps them for ever); D. P. Mitchell and
// J. A. Reeds for the generator; G. Marsaglia and W. W. Tsang, "The ziggurat method for generating
// random variables" (J. Stat. Software 5, 2000) for the normals. Both tables are computed here.

const LENGTH = 607
const TAP = 273
const INT32_MAX = 2 ** 31 - 1
const MASK64 = (1n << 64n) - 1n

/** Calls that Go's authors ran the generator for, from seed 1, before they kept its state. */
const WARM_UP_CALLS = 7_800_000_000_000n

/** 48271·x mod 2^31 − 1, by Schrage's method as in Park and Miller (1988). */
function seedStep(x: number): number {
  const high = Math.trunc(x / 44488)
  const low = x % 44488
  const next = 48271 * low - 3399 * high
  return next < 0 ? next + INT32_MAX : next
}

/** 607 words of which each folds three steps of the seed generator, `shift` bits apart. */
function seedWords(seed: number, shift: bigint): bigint[] {
  let x = seed
  for (let i = 0; i < 20; i++) x = seedStep(x)
  const words: bigint[] = []
  for (let i = 0; i < LENGTH; i++) {
    const a = seedStep(x)
    const b = seedStep(a)
    x = seedStep(b)
    words.push(((BigInt(a) << (2n * shift)) ^ (BigInt(b) << shift) ^ BigInt(x)) & MASK64)
  }
  return words
}

/**
 * Polynomials of degree 606 with coefficients mod 2^64, as three limbs of 22, 21 and 21 bits: a
 * product of limbs has at most 44 bits, so 304 of them add up exactly in a double.
 */
type Limbs = [Float64Array, Float64Array, Float64Array]

const LIMB0 = 2 ** 22
const LIMB = 2 ** 21

const limbs = (length: number): Limbs => [
  new Float64Array(length),
  new Float64Array(length),
  new Float64Array(length),
]

/** The square of a polynomial, modulo x^607 − x^334 − 1 and 2^64. */
function squareMod([p0, p1, p2]: Limbs): Limbs {
  // Products of two different terms; a coefficient has at most 303 of them.
  const pairs0 = new Float64Array(2 * LENGTH)
  const pairs1 = new Float64Array(2 * LENGTH)
  const pairs2 = new Float64Array(2 * LENGTH)
  for (let i = 0; i < LENGTH; i++) {
    const a0 = p0[i]!
    const a1 = p1[i]!
    const a2 = p2[i]!
    if (a0 === 0 && a1 === 0 && a2 === 0) continue
    for (let j = i + 1; j < LENGTH; j++) {
      const b0 = p0[j]!
      const b1 = p1[j]!
      pairs0[i + j] = pairs0[i + j]! + a0 * b0
      pairs1[i + j] = pairs1[i + j]! + a1 * b0 + a0 * b1
      // Limb 2 starts at bit 43, a product of two limbs 1 at bit 44.
      pairs2[i + j] = pairs2[i + j]! + a2 * b0 + a0 * p2[j]! + 2 * a1 * b1
    }
  }
  const square = limbs(2 * LENGTH)
  for (let i = 0; i < 2 * LENGTH - 1; i++) {
    const half = i % 2 === 0 ? i / 2 : -1
    const a0 = half < 0 ? 0 : p0[half]!
    const a1 = half < 0 ? 0 : p1[half]!
    const a2 = half < 0 ? 0 : p2[half]!
    const own0 = a0 * a0
    const rest0 = 2 * (pairs0[i]! % LIMB0) + (own0 % LIMB0)
    const sum1 =
      2 * Math.floor(pairs0[i]! / LIMB0) +
      Math.floor(own0 / LIMB0) +
      Math.floor(rest0 / LIMB0) +
      2 * ((pairs1[i]! + a0 * a1) % 2 ** 42)
    square[0][i] = rest0 % LIMB0
    square[1][i] = sum1 % LIMB
    square[2][i] =
      (Math.floor(sum1 / LIMB) + 2 * (pairs2[i]! % LIMB) + 2 * ((a0 * a2 + a1 * a1) % LIMB)) % LIMB
  }
  for (let i = 2 * LENGTH - 2; i >= LENGTH; i--) {
    addTerm(square, i, i - LENGTH)
    addTerm(square, i, i - TAP)
  }
  return square.map((limb) => limb.slice(0, LENGTH)) as Limbs
}

/** Adds the coefficient at `from` to the one at `to`. */
function addTerm(p: Limbs, from: number, to: number): void {
  const sum0 = p[0][to]! + p[0][from]!
  const sum1 = p[1][to]! + p[1][from]! + (sum0 >= LIMB0 ? 1 : 0)
  p[0][to] = sum0 % LIMB0
  p[2][to] = (p[2][to]! + p[2][from]! + (sum1 >= LIMB ? 1 : 0)) % LIMB
  p[1][to] = sum1 % LIMB
}

/** x · p, modulo x^607 − x^334 − 1. */
function timesX(p: Limbs): Limbs {
  const shifted = p.map((limb) => {
    const longer = new Float64Array(LENGTH + 1)
    longer.set(limb, 1)
    return longer
  }) as Limbs
  addTerm(shifted, LENGTH, 0)
  addTerm(shifted, LENGTH, LENGTH - TAP)
  return shifted.map((limb) => limb.slice(0, LENGTH)) as Limbs
}

/**
 * The words that Go mixes into every seed: the state of the generator after 7.8·10^12 calls from
 * seed 1. Computed in 43 squarings of x^n modulo the characteristic polynomial of the recurrence.
 */
function warmState(): bigint[] {
  let power = limbs(LENGTH)
  power[0][0] = 1
  for (const bit of WARM_UP_CALLS.toString(2)) {
    power = squareMod(power)
    if (bit === '1') power = timesX(power)
  }
  // The state as a stretch of the sequence, oldest word first; the array runs backwards from 333.
  const start = seedWords(1, 10n)
  const sequence: bigint[] = []
  for (let k = 0; k < LENGTH; k++) sequence.push(start[(LENGTH - TAP - 1 - k + LENGTH) % LENGTH]!)
  for (let k = LENGTH; k < 2 * LENGTH; k++) {
    sequence.push((sequence[k - LENGTH]! + sequence[k - TAP]!) & MASK64)
  }
  const oldest = Number(
    (BigInt(LENGTH - TAP - 1) - (WARM_UP_CALLS % BigInt(LENGTH)) + BigInt(LENGTH)) % BigInt(LENGTH),
  )
  const state: bigint[] = new Array(LENGTH)
  const words: Limbs = [0n, 22n, 43n].map((shift, limb) =>
    Float64Array.from(sequence, (word) =>
      Number((word >> shift) & (limb === 0 ? 0x3fffffn : 0x1fffffn)),
    ),
  ) as Limbs
  for (let k = 0; k < LENGTH; k++) {
    let word = 0n
    for (const [from, to] of [
      [0, 304],
      [304, LENGTH],
    ] as const) {
      let sum0 = 0
      let sum1 = 0
      let sum2 = 0
      let sum11 = 0
      for (let j = from; j < to; j++) {
        const c0 = power[0][j]!
        const c1 = power[1][j]!
        const w0 = words[0][k + j]!
        const w1 = words[1][k + j]!
        sum0 += c0 * w0
        sum1 += c0 * w1 + c1 * w0
        sum2 += c0 * words[2][k + j]! + power[2][j]! * w0
        sum11 += c1 * w1
      }
      word += BigInt(sum0) + (BigInt(sum1) << 22n) + (BigInt(sum2) << 43n) + (BigInt(sum11) << 44n)
    }
    state[(oldest - k + LENGTH) % LENGTH] = word & MASK64
  }
  return state
}

let mixWords: bigint[] | undefined

/** The ziggurat of 128 strips under exp(−x²/2). */
const ZIGGURAT_R = 3.442619855899
const ZIGGURAT_AREA = 9.91256303526217e-3

interface Ziggurat {
  limit: Uint32Array
  width: Float32Array
  height: Float32Array
}

let ziggurat: Ziggurat | undefined

function buildZiggurat(): Ziggurat {
  const limit = new Uint32Array(128)
  const width = new Float32Array(128)
  const height = new Float32Array(128)
  const scale = 2 ** 31
  let x = ZIGGURAT_R
  let above = ZIGGURAT_R
  const base = ZIGGURAT_AREA / Math.exp(-0.5 * x * x)
  limit[0] = (x / base) * scale
  limit[1] = 0
  width[0] = base / scale
  width[127] = x / scale
  height[0] = 1
  height[127] = Math.exp(-0.5 * x * x)
  for (let i = 126; i >= 1; i--) {
    x = Math.sqrt(-2 * Math.log(ZIGGURAT_AREA / x + Math.exp(-0.5 * x * x)))
    limit[i + 1] = (x / above) * scale
    above = x
    height[i] = Math.exp(-0.5 * x * x)
    width[i] = x / scale
  }
  return { limit, width, height }
}

/** Go's `rand.New(rand.NewSource(seed))`: the same draws in the same order. */
export class GoRand {
  // 64-bit words as pairs, which spares a BigInt for every draw.
  private readonly high = new Uint32Array(LENGTH)
  private readonly low = new Uint32Array(LENGTH)
  private tap = 0
  private feed = LENGTH - TAP

  /** @param seed any signed 64-bit integer; beyond 2^53 pass a bigint */
  constructor(seed: number | bigint) {
    mixWords ??= warmState()
    let start = Number(BigInt.asIntN(64, BigInt(seed)) % BigInt(INT32_MAX))
    if (start < 0) start += INT32_MAX
    if (start === 0) start = 89_482_311
    const words = seedWords(start, 20n)
    for (let i = 0; i < LENGTH; i++) {
      const word = words[i]! ^ mixWords[i]!
      this.high[i] = Number(word >> 32n)
      this.low[i] = Number(word & 0xffffffffn)
    }
  }

  /** Advances the state and returns the index of the new word. */
  private step(): number {
    if (--this.tap < 0) this.tap += LENGTH
    if (--this.feed < 0) this.feed += LENGTH
    const { feed, tap } = this
    const low = this.low[feed]! + this.low[tap]!
    this.high[feed] = this.high[feed]! + this.high[tap]! + (low >= 2 ** 32 ? 1 : 0)
    this.low[feed] = low
    return feed
  }

  /** Go's `Int63()`, exactly. */
  int63(): bigint {
    const i = this.step()
    return (BigInt(this.high[i]! & 0x7fffffff) << 32n) | BigInt(this.low[i]!)
  }

  /** Go's `Int31()`. */
  int31(): number {
    return this.high[this.step()]! & 0x7fffffff
  }

  /** Go's `Uint32()`. */
  uint32(): number {
    const i = this.step()
    return ((this.high[i]! << 1) | (this.low[i]! >>> 31)) >>> 0
  }

  /** Go's `Intn(n)` for n below 2^31. */
  intn(n: number): number {
    if ((n & (n - 1)) === 0) return this.int31() & (n - 1)
    const max = INT32_MAX - (2 ** 31 % n)
    let value = this.int31()
    while (value > max) value = this.int31()
    return value % n
  }

  /** Go's `Float64()`, in [0, 1). */
  float64(): number {
    for (;;) {
      const i = this.step()
      // The sum rounds once, as Go's conversion of Int63 does.
      const unit = ((this.high[i]! & 0x7fffffff) * 2 ** 32 + this.low[i]!) / 2 ** 63
      if (unit < 1) return unit
    }
  }

  /** Go's `NormFloat64()`. */
  normFloat64(): number {
    ziggurat ??= buildZiggurat()
    const { limit, width, height } = ziggurat
    for (;;) {
      const j = this.uint32() | 0
      const i = j & 0x7f
      let x = j * width[i]!
      if (Math.abs(j) < limit[i]!) return x
      if (i === 0) {
        for (;;) {
          x = -Math.log(this.float64()) * (1 / ZIGGURAT_R)
          const y = -Math.log(this.float64())
          if (y + y >= x * x) break
        }
        return j > 0 ? ZIGGURAT_R + x : -ZIGGURAT_R - x
      }
      // Go computes the left side in float32, rounding after each operation.
      const slope = Math.fround(height[i - 1]! - height[i]!)
      const lift = Math.fround(Math.fround(this.float64()) * slope)
      if (Math.fround(height[i]! + lift) < Math.fround(Math.exp(-0.5 * x * x))) return x
    }
  }
}
