/** Numbers for names, in the order in which they first come. */
export class Interner {
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()

  add(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.names.length)
    return this.names.push(name) - 1
  }
}
