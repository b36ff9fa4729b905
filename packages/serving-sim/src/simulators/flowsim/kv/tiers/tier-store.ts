// What a tier holds: so many blocks of prefixes, the one not used for the longest time goes first.
import { FreeList } from '../../../../core/free-list.js'
import type { PrefixStream } from '../prefix-stream.js'

/** A block of a prefix. */
export interface PrefixBlock {
  stream: PrefixStream
  position: number
}

export class TierStore {
  // By slot.
  private readonly held: PrefixBlock[] = []
  /** Slots, the one not used for the longest time first. */
  private order = new FreeList()

  /**
   * @param id by which streams know it, among the tiers of a cluster
   * @param blocks that it holds; Infinity: all
   */
  constructor(
    private readonly id: number,
    readonly blocks: number,
  ) {}

  has({ stream, position }: PrefixBlock): boolean {
    return stream.inTier(this.id).has(position)
  }

  /** As {@link has}; what is there becomes the latest. */
  use({ stream, position }: PrefixBlock): boolean {
    const slot = stream.inTier(this.id).get(position)
    if (slot === undefined) return false
    this.order.remove(slot)
    this.order.append(slot)
    return true
  }

  /** @returns the block that has no room any more; null: all have */
  add(block: PrefixBlock): PrefixBlock | null {
    if (this.use(block)) return null
    if (this.blocks === 0) return block
    const isFull = this.held.length >= this.blocks
    const slot = isFull ? this.order.first : this.held.length
    const evicted = isFull ? this.held[slot]! : null
    if (evicted !== null) {
      evicted.stream.inTier(this.id).delete(evicted.position)
      this.order.remove(slot)
    }
    this.held[slot] = block
    this.order.append(slot)
    block.stream.inTier(this.id).set(block.position, slot)
    return evicted
  }

  clear(): void {
    for (const { stream, position } of this.held) stream.inTier(this.id).delete(position)
    this.held.length = 0
    this.order = new FreeList()
  }
}
