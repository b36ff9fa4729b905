// The blocks of a KV cache: who refers to them, and which is taken next. Blocks never touched come first, then
// those given back, oldest first.
import { enlarged } from '../../../core/enlarged.js'
import { FreeList } from '../../../core/free-list.js'

export class BlockPool {
  /** Blocks that somebody refers to. */
  used = 0
  /** Largest {@link used}. */
  peak = 0
  /** By block, grown to the blocks ever touched. */
  private references: Int32Array
  private readonly idle = new FreeList()
  private fresh = 0

  /**
   * @param blocks in all
   * @param onReuse tells that a block that was given back is taken again, for something else
   */
  constructor(
    readonly blocks: number,
    private readonly onReuse: (block: number) => void,
  ) {
    this.references = new Int32Array(Math.min(blocks, 1024))
  }

  get free(): number {
    return this.blocks - this.used
  }

  /** Whether nobody refers to a block. */
  isIdle(block: number): boolean {
    return this.references[block] === 0
  }

  /** Takes `count` free blocks, of which there must be so many, into a list. */
  take(count: number, into: number[]): void {
    for (let i = 0; i < count; i++) {
      const block = this.pop()
      this.references[block] = 1
      into.push(block)
    }
    this.used += count
    this.notePeak()
  }

  /** One more refers to a block that is still there. */
  refer(block: number): void {
    if (this.references[block]! === 0) {
      this.idle.remove(block)
      this.used++
      this.notePeak()
    }
    this.references[block] = this.references[block]! + 1
  }

  /** One less refers to a block; the last one to go leaves it free. */
  drop(block: number): void {
    const references = this.references[block]! - 1
    this.references[block] = references
    if (references > 0) return
    this.used--
    this.idle.append(block)
  }

  private notePeak(): void {
    if (this.used > this.peak) this.peak = this.used
  }

  private pop(): number {
    if (this.fresh < this.blocks) {
      if (this.fresh === this.references.length) this.enlarge()
      return this.fresh++
    }
    const block = this.idle.first
    this.idle.remove(block)
    this.onReuse(block)
    return block
  }

  private enlarge(): void {
    this.references = enlarged(this.references, Math.min(this.blocks, 2 * this.references.length))
  }
}
