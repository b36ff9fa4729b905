// Free blocks in the order in which they were given back: first in, first out, and any block can be taken out
// from the middle. A circular doubly linked list in two arrays; node 0 is its end, and node b + 1 is block b.
import { enlarged } from './enlarged.js'

export class FreeList {
  // Grown to the largest node that was ever in the list.
  private next = new Int32Array(64)
  private previous = new Int32Array(64)

  /** The block that has been here longest; -1: none. */
  get first(): number {
    return this.next[0]! - 1
  }

  append(block: number): void {
    const node = block + 1
    if (node >= this.next.length) this.enlarge(node)
    const last = this.previous[0]!
    this.next[last] = node
    this.previous[node] = last
    this.next[node] = 0
    this.previous[0] = node
  }

  /** Takes out a block that is in the list. */
  remove(block: number): void {
    const node = block + 1
    const before = this.previous[node]!
    const after = this.next[node]!
    this.next[before] = after
    this.previous[after] = before
  }

  private enlarge(node: number): void {
    const size = Math.max(node + 1, 2 * this.next.length)
    this.next = enlarged(this.next, size)
    this.previous = enlarged(this.previous, size)
  }
}
