// What programs in Python draw from `random.Random(seed)`: the Mersenne Twister seeded by an array of words.
//
// Sources: M. Matsumoto and T. Nishimura, "Mersenne Twister" (ACM TOMACS 8, 1998) and their reference
// `mt19937ar` for `init_by_array`; CPython's documented, frozen streams.
import { mersenneFromState } from 'pure-rand/generator/mersenne'
import { double53 } from './numpy-random.js'

const SIZE = 624

/** Python's `random.Random(seed)`. */
export class PythonRandom {
  private readonly twister

  /** @param seed an integer from 0 to 2^53 */
  constructor(seed: number) {
    const words = seed < 2 ** 32 ? [seed] : [seed % 2 ** 32, Math.floor(seed / 2 ** 32)]
    this.twister = mersenneFromState([0, ...initByArray(words)])
    // The first draw comes after the whole state has been twisted once.
    for (let i = 0; i < SIZE; i++) this.twister.next()
  }

  /** `random.random()`. */
  random(): number {
    return double53(this.twister)
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
      value = this.twister.next() >>> (32 - bits)
    } while (value >= span)
    return low + value
  }
}

/** `init_by_array`, which Python's `random.seed` uses with the words of the integer. */
function initByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(SIZE)
  state[0] = 19_650_218
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1_812_433_253, folded(state, i)) + i
  let i = 1
  let j = 0
  for (let k = Math.max(SIZE, key.length); k > 0; k--) {
    state[i] = (state[i]! ^ Math.imul(folded(state, i), 1_664_525)) + key[j]! + j
    i = nextIndex(state, i)
    j = (j + 1) % key.length
  }
  for (let k = SIZE - 1; k > 0; k--) {
    state[i] = (state[i]! ^ Math.imul(folded(state, i), 1_566_083_941)) - i
    i = nextIndex(state, i)
  }
  state[0] = 0x80000000
  return state
}

/** The word before `i`, mixed with its own high bits. */
const folded = (state: Uint32Array, i: number) => state[i - 1]! ^ (state[i - 1]! >>> 30)

/** Index after `i`; the last word also becomes the first one. */
function nextIndex(state: Uint32Array, i: number): number {
  if (i + 1 < SIZE) return i + 1
  state[0] = state[SIZE - 1]!
  return 1
}
