/** A queue with constant-time operations at both ends. */
export class Deque<T> {
  private items: (T | undefined)[] = new Array(16).fill(undefined)
  private head = 0
  private count = 0

  get length(): number {
    return this.count
  }

  /** The first item. */
  get first(): T | undefined {
    return this.items[this.head]
  }

  /** Item `index` from the front. */
  at(index: number): T | undefined {
    return this.items[(this.head + index) & (this.items.length - 1)]
  }

  push(item: T): void {
    if (this.count === this.items.length) this.grow()
    this.items[(this.head + this.count++) & (this.items.length - 1)] = item
  }

  unshift(item: T): void {
    if (this.count === this.items.length) this.grow()
    this.head = (this.head - 1) & (this.items.length - 1)
    this.items[this.head] = item
    this.count++
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined
    const item = this.items[this.head]
    this.items[this.head] = undefined
    this.head = (this.head + 1) & (this.items.length - 1)
    this.count--
    return item
  }

  /** Inserts before item `index`; later items move. */
  insert(index: number, item: T): void {
    this.push(item)
    const mask = this.items.length - 1
    for (let i = this.count - 1; i > index; i--) {
      this.items[(this.head + i) & mask] = this.items[(this.head + i - 1) & mask]
    }
    this.items[(this.head + index) & mask] = item
  }

  /** Removes one item; false if it is not there. Later items move. */
  remove(item: T): boolean {
    const mask = this.items.length - 1
    let index = 0
    while (index < this.count && this.items[(this.head + index) & mask] !== item) index++
    if (index === this.count) return false
    for (let i = index; i < this.count - 1; i++) {
      this.items[(this.head + i) & mask] = this.items[(this.head + i + 1) & mask]
    }
    this.items[(this.head + --this.count) & mask] = undefined
    return true
  }

  /** Sorts in place; equal items keep their order. */
  sort(compare: (a: T, b: T) => number): void {
    const sorted = [...this].sort(compare)
    for (const [i, item] of sorted.entries()) {
      this.items[(this.head + i) & (this.items.length - 1)] = item
    }
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.count; i++) yield this.at(i)!
  }

  private grow(): void {
    const size = this.items.length
    const larger: (T | undefined)[] = new Array(2 * size).fill(undefined)
    for (let i = 0; i < size; i++) larger[i] = this.items[(this.head + i) & (size - 1)]
    this.items = larger
    this.head = 0
  }
}
