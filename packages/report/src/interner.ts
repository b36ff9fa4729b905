/** Gives equal values one number, in order of appearance. */
export class Interner<T = string> {
  readonly values: T[] = []
  readonly #places = new Map<unknown, number>()

  /** Place of a value; `key` tells values apart. */
  add(value: T, key: unknown = value): number {
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.values.length
      this.#places.set(key, place)
      this.values.push(value)
    }
    return place
  }

  /** Place of the value that {@link add} got with this key. */
  find(key: unknown): number | undefined {
    return this.#places.get(key)
  }
}
