/**
 * A map from integers to places, −1 for those it does not hold. Correlation numbers are handed out one
 * after the other, so they index an array; numbers that are spread too widely go to a `Map`.
 */
export class NumberMap {
  readonly #places: Int32Array | undefined
  readonly #first: number
  readonly #spread = new Map<number, number>()

  /** @param keys - all that will come */
  constructor(keys: Iterable<number>) {
    let [count, least, most] = [0, Infinity, -Infinity]
    for (const key of keys) {
      count++
      if (key < least) least = key
      if (key > most) most = key
    }
    this.#first = least
    const span = most - least + 1
    if (count > 0 && span <= 16 * count) this.#places = new Int32Array(span).fill(-1)
  }

  get(key: number): number {
    if (this.#places === undefined) return this.#spread.get(key) ?? -1
    return this.#places[key - this.#first] ?? -1
  }

  set(key: number, place: number): void {
    if (this.#places === undefined) this.#spread.set(key, place)
    else this.#places[key - this.#first] = place
  }
}
