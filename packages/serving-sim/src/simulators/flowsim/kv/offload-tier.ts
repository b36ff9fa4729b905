// The tier that evicted blocks move to: so many prefixes, the oldest of which goes first.
import type { PrefixStream } from './prefix-stream.js'

export class OffloadTier {
  private readonly ring: { stream: PrefixStream; index: number }[] = []
  /** The oldest, once the ring is full. */
  private head = 0

  /**
   * @param cache the KV cache whose blocks these were, as streams know it
   * @param blocks that it holds; 0: there is no such tier
   */
  constructor(
    private readonly cache: number,
    readonly blocks: number,
  ) {}

  clear(): void {
    for (const { stream, index } of this.ring) stream.offloaded(this.cache).delete(index)
    this.ring.length = 0
    this.head = 0
  }

  /** Whether it holds the block of a stream at a position. */
  has(stream: PrefixStream, index: number): boolean {
    return stream.offloaded(this.cache).has(index)
  }

  add(stream: PrefixStream, index: number): void {
    if (this.blocks === 0) return
    const positions = stream.offloaded(this.cache)
    if (positions.has(index)) return
    if (this.ring.length === this.blocks) {
      const oldest = this.ring[this.head]!
      oldest.stream.offloaded(this.cache).delete(oldest.index)
      this.ring[this.head] = { stream, index }
      this.head = (this.head + 1) % this.blocks
    } else {
      this.ring.push({ stream, index })
    }
    positions.add(index)
  }
}
