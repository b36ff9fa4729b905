/**
 * A map from integers to places, −1 for those it does not hold. Correlation numbers are handed out one
 * after the other, so they index an array; wild ones go to a `Map`.
 */
export class NumberMap {
  #places = new Int32Array(0)
  #first = 0
  readonly #wild = new Map<number, number>()
  readonly #span: number

  /** @param count - about how many numbers will come */
  constructor(count: number) {
    this.#span = 16 * count + 1024
  }

  get(key: number): number {
    return this.#places[key - this.#first] ?? this.#wild.get(key) ?? -1
  }

  set(key: number, place: number): void {
    if (this.#places.length === 0) {
      this.#first = key - (this.#span >> 4)
      this.#places = new Int32Array(Math.min(this.#span, 1024)).fill(-1)
    }
    const index = key - this.#first
    if (!(Number.isInteger(index) && index >= 0 && index < this.#span)) {
      this.#wild.set(key, place)
      return
    }
    if (index >= this.#places.length) {
      const grown = new Int32Array(Math.min(this.#span, 2 * index + 1024)).fill(-1)
      grown.set(this.#places)
      this.#places = grown
    }
    this.#places[index] = place
  }
}
