// Rows told apart by three numbers, in typed arrays: a Map of launches by their times, with a list in each entry, took
// more memory than the launches themselves.

/** Bits of a double that differ between near integers, mixed (Wellons, Ettinger, hash-prospector). */
function mix(a: number, b: number, c: number): number {
  let hash =
    Math.imul(a | 0, 0x21f0aaad) ^ Math.imul(b | 0, 0x735a2d97) ^ Math.imul(c | 0, 0x9e3779b1)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

/** Gives equal triples of integers one number, from 0 on. */
export class RowNumbers {
  readonly #keys: Float64Array
  readonly #slots: Int32Array
  #count = 0

  /** @param most - how many different triples there can be */
  constructor(most: number) {
    this.#keys = new Float64Array(3 * most)
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2))).fill(-1)
  }

  /** How many triples were added. */
  get count(): number {
    return this.#count
  }

  /** The number of a triple; −1 for one that was not added. */
  get(a: number, b: number, c: number): number {
    return this.#slots[this.#slot(a, b, c)]!
  }

  /** The number of a triple, a new one where it was not added before. */
  add(a: number, b: number, c: number): number {
    const slot = this.#slot(a, b, c)
    const known = this.#slots[slot]!
    if (known >= 0) return known
    const number = this.#count++
    this.#keys[3 * number] = a
    this.#keys[3 * number + 1] = b
    this.#keys[3 * number + 2] = c
    this.#slots[slot] = number
    return number
  }

  #slot(a: number, b: number, c: number): number {
    const keys = this.#keys
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = mix(a, b, c) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]!
      if (number < 0) return slot
      const at = 3 * number
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c) return slot
    }
  }
}
