// Rows by non-negative integers: four bytes each where those lie close together, as correlations do, since hashing
// 250,000 launches took a twentieth of the time of a parse.

/** Numbers for each value, up to which a table is smaller than a Map. */
const SPARSE = 8
const LEAST = 1 << 14

export class NumberMap {
  readonly #table: Int32Array | undefined
  readonly #rest = new Map<number, number>()

  /**
   * @param keys - what may be set, for the most part
   * @param count - how many of them there are
   */
  constructor(keys: Float64Array, count: number) {
    let most = 0
    for (let i = 0; i < count; i++) if (keys[i]! > most) most = keys[i]!
    if (most < LEAST + SPARSE * count) this.#table = new Int32Array(most + 1).fill(-1)
  }

  set(key: number, row: number): void {
    const table = this.#table
    if (table !== undefined && key >= 0 && key < table.length) table[key] = row
    else this.#rest.set(key, row)
  }

  /** The row that was set last; -1 where none was. */
  get(key: number): number {
    const table = this.#table
    if (table !== undefined && key >= 0 && key < table.length) return table[key]!
    return this.#rest.size === 0 ? -1 : (this.#rest.get(key) ?? -1)
  }
}
