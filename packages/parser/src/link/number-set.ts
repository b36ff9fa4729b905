// A set of non-negative integers: one byte each where they lie close together, as correlations do, since
// hashing a million of them is a tenth of the time of a parse.

/** Bytes for each number, up to which a table is smaller than a Set. */
const SPARSE = 16
const LEAST = 1 << 16

export class NumberSet {
  readonly #table: Uint8Array | undefined
  readonly #rest = new Set<number>()

  /**
   * @param values - what may be added, for the most part
   * @param count - how many of them there are
   */
  constructor(values: Float64Array, count: number) {
    let most = 0
    for (let i = 0; i < count; i++) if (values[i]! > most) most = values[i]!
    if (most < LEAST + SPARSE * count) this.#table = new Uint8Array(most + 1)
  }

  add(value: number): void {
    const table = this.#table
    if (table !== undefined && value >= 0 && value < table.length) table[value] = 1
    else this.#rest.add(value)
  }

  has(value: number): boolean {
    const table = this.#table
    if (table !== undefined && value >= 0 && value < table.length) return table[value] === 1
    return this.#rest.has(value)
  }
}
