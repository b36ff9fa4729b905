// A paged KV cache with prefix caching, as in vLLM: blocks of a fixed number of tokens, shared by
// reference count; blocks given back keep their contents at the end of the free list, last block of
// a request first, and are found again by their prefix until they are taken for something else.
//
// Source of the rules: vLLM's design document on automatic prefix caching (V1).
import type { InstanceKv } from './options.js'
import { PrefixStream } from './prefix-stream.js'
import type { Sequence } from './sequence.js'

/** Settings of a KV cache. */
export type KvOptions = Pick<
  InstanceKv,
  'blocks' | 'blockSize' | 'prefixCaching' | 'offloadBlocks' | 'extraBlocks' | 'snapshotTokens'
>

/** Blocks that a request can take over. */
export interface PrefixHit {
  /** On the device, in order from the first token. */
  blocks: number[]
  /** Further blocks that are in the offload tier. */
  offloaded: number
}

/** The KV cache of an instance. */
export class PagedKv {
  /** Blocks held by requests. */
  used = 0
  /** Largest {@link used}. */
  peak = 0
  /** Tokens that did not have to be computed. */
  hitTokens = 0
  /** Tokens that were looked up. */
  lookupTokens = 0
  /** Blocks that prefixes can be found in. */
  cachedBlocks = 0

  readonly blocks: number
  readonly blockSize: number
  private readonly caching: boolean
  private readonly offloadBlocks: number
  private readonly extraBlocks: KvOptions['extraBlocks']
  /** Blocks between two places where a prefix hit may end. */
  private readonly hitStride: number
  // By block; grown to the blocks ever touched.
  private references: Int32Array
  private keyIndex: Int32Array
  private readonly keyStream: (PrefixStream | null)[] = []
  // The free list: untouched blocks in order, then a circular list through node 0; node b + 1 is
  // block b.
  private next: Int32Array
  private previous: Int32Array
  private fresh = 0
  // The offload tier: a ring of keys, oldest first.
  private readonly tier: { stream: PrefixStream; index: number }[] = []
  private tierHead = 0
  private tierCount = 0

  /** @param index its place among the caches of a cluster, by which streams know it */
  constructor(
    private readonly index: number,
    options: KvOptions,
  ) {
    const { blocks, blockSize, prefixCaching, offloadBlocks, extraBlocks, snapshotTokens } = options
    this.blocks = blocks
    this.blockSize = blockSize
    this.caching = prefixCaching
    this.offloadBlocks = offloadBlocks
    this.extraBlocks = extraBlocks
    this.hitStride = Math.max(1, Math.ceil(snapshotTokens / blockSize))
    const size = Math.min(blocks, 1024)
    this.references = new Int32Array(size)
    this.keyIndex = new Int32Array(size)
    this.next = new Int32Array(size + 1)
    this.previous = new Int32Array(size + 1)
  }

  get free(): number {
    return this.blocks - this.used
  }

  /** Blocks that `tokens` need. */
  blocksFor(tokens: number): number {
    const blocks = Math.ceil(tokens / this.blockSize)
    return this.extraBlocks === null ? blocks : blocks + this.extraBlocks(blocks * this.blockSize)
  }

  /**
   * What of a request's tokens is cached. The last token is always computed anew, as its result is
   * needed.
   */
  lookup(sequence: Sequence): PrefixHit {
    const hit: PrefixHit = { blocks: [], offloaded: 0 }
    if (!this.caching) return hit
    this.find(sequence, hit)
    const beyond = (hit.blocks.length + hit.offloaded) % this.hitStride
    if (beyond > 0) {
      const kept = hit.blocks.length + hit.offloaded - beyond
      hit.blocks.length = Math.min(hit.blocks.length, kept)
      hit.offloaded = kept - hit.blocks.length
    }
    return hit
  }

  private find(sequence: Sequence, hit: PrefixHit): void {
    const most = Math.floor((sequence.known - 1) / this.blockSize)
    let i = 0
    for (; i < most; i++) {
      const stream = streamOf(sequence, i)
      if (stream === null) return
      const block = stream.onDevice(this.index).get(indexOf(sequence, i))
      if (block === undefined) break
      hit.blocks.push(block)
    }
    if (this.offloadBlocks === 0) return
    for (; i < most; i++) {
      const stream = streamOf(sequence, i)
      if (stream?.offloaded(this.index).has(indexOf(sequence, i)) !== true) break
      hit.offloaded++
    }
  }

  /** Tokens of a prompt that are cached, for routers; nothing is counted. */
  cachedTokens(sequence: Sequence): number {
    const { blocks, offloaded } = this.lookup(sequence)
    return (blocks.length + offloaded) * this.blockSize
  }

  /** Free blocks that taking over a hit and growing to `tokens` would use up. */
  cost(hit: PrefixHit, tokens: number): number {
    let idle = 0
    for (const block of hit.blocks) if (this.references[block] === 0) idle++
    return this.blocksFor(tokens) - hit.blocks.length + idle
  }

  /** Takes over cached blocks; what was offloaded must be loaded into blocks grown later. */
  claim(sequence: Sequence, hit: PrefixHit): void {
    for (const block of hit.blocks) {
      if (this.references[block]! === 0) {
        this.unlink(block)
        this.used++
      }
      this.references[block] = this.references[block]! + 1
      sequence.blocks.push(block)
    }
    if (this.used > this.peak) this.peak = this.used
    sequence.keyed = hit.blocks.length
    sequence.capacity = sequence.blocks.length * this.blockSize
    sequence.computed = (hit.blocks.length + hit.offloaded) * this.blockSize
    this.hitTokens += sequence.computed
    this.lookupTokens += sequence.known
  }

  /** Makes room for `tokens` of a request; false, and nothing changed, if there are too few blocks. */
  grow(sequence: Sequence, tokens: number): boolean {
    let needed = Math.ceil(tokens / this.blockSize) - sequence.blocks.length
    if (needed > this.blocks - this.used) return false
    if (this.extraBlocks !== null && !this.growExtra(sequence, needed)) return false
    if (needed < 0) needed = 0
    for (let i = 0; i < needed; i++) {
      const block = this.pop()
      this.references[block] = 1
      sequence.blocks.push(block)
    }
    if (needed > 0) {
      this.used += needed
      if (this.used > this.peak) this.peak = this.used
      sequence.capacity = sequence.blocks.length * this.blockSize
    }
    if (this.caching && sequence.keyed < sequence.sharedBlocks) this.keyShared(sequence, tokens)
    return true
  }

  /** Blocks for windows and states, if there is room for them and for `needed` others. */
  private growExtra(sequence: Sequence, needed: number): boolean {
    const blocks = sequence.blocks.length + Math.max(0, needed)
    const extra = this.extraBlocks!(blocks * this.blockSize) - sequence.extra.length
    if (extra + Math.max(0, needed) > this.blocks - this.used) return false
    for (let i = 0; i < extra; i++) {
      const block = this.pop()
      this.references[block] = 1
      sequence.extra.push(block)
    }
    if (extra > 0) this.used += extra
    return true
  }

  /** Gives all blocks of a request back. */
  release(sequence: Sequence): void {
    const { blocks } = sequence
    for (const block of sequence.extra) this.unreference(block)
    sequence.extra.length = 0
    if (this.caching && sequence.own !== null) this.keyOwn(sequence)
    for (let i = blocks.length - 1; i >= 0; i--) this.unreference(blocks[i]!)
    blocks.length = 0
    sequence.capacity = 0
    sequence.keyed = 0
  }

  /** Takes the blocks of a request that goes elsewhere; they are in use until they are given back. */
  lend(sequence: Sequence): number[] {
    if (this.caching && sequence.own !== null) this.keyOwn(sequence)
    const lent = [...sequence.blocks, ...sequence.extra]
    sequence.blocks.length = 0
    sequence.extra.length = 0
    sequence.capacity = 0
    sequence.keyed = 0
    return lent
  }

  /** Gives back what {@link lend} took. */
  giveBack(lent: readonly number[]): void {
    for (let i = lent.length - 1; i >= 0; i--) this.unreference(lent[i]!)
  }

  private unreference(block: number): void {
    const references = this.references[block]! - 1
    this.references[block] = references
    if (references > 0) return
    this.used--
    this.append(block)
  }

  /** Gives blocks back so that the same request can find them again. */
  preempt(sequence: Sequence): void {
    if (this.caching) sequence.own ??= new PrefixStream()
    this.release(sequence)
  }

  private keyShared(sequence: Sequence, tokens: number): void {
    const full = Math.min(sequence.sharedBlocks, Math.floor(tokens / this.blockSize))
    for (; sequence.keyed < full; sequence.keyed++) {
      this.setKey(
        sequence.blocks[sequence.keyed]!,
        sequence.shared!,
        indexOf(sequence, sequence.keyed),
      )
    }
  }

  private keyOwn(sequence: Sequence): void {
    const full = Math.floor(sequence.computed / this.blockSize)
    for (let i = Math.max(sequence.keyed, sequence.sharedBlocks); i < full; i++) {
      this.setKey(sequence.blocks[i]!, sequence.own!, i)
    }
  }

  private setKey(block: number, stream: PrefixStream, index: number): void {
    // Two requests may compute the same prefix at once; the first block stays the cached one.
    const blocks = stream.onDevice(this.index)
    if (blocks.has(index)) return
    blocks.set(index, block)
    this.cachedBlocks++
    this.keyStream[block] = stream
    this.keyIndex[block] = index
  }

  /** Takes the first free block, forgetting what it held. */
  private pop(): number {
    if (this.fresh < this.blocks) {
      if (this.fresh === this.references.length) this.enlarge()
      this.keyStream.push(null)
      return this.fresh++
    }
    const block = this.next[0]! - 1
    this.unlink(block)
    const stream = this.keyStream[block]!
    if (stream !== null) {
      const index = this.keyIndex[block]!
      stream.onDevice(this.index).delete(index)
      this.keyStream[block] = null
      this.cachedBlocks--
      if (this.offloadBlocks > 0) this.offload(stream, index)
    }
    return block
  }

  private offload(stream: PrefixStream, index: number): void {
    const positions = stream.offloaded(this.index)
    if (positions.has(index)) return
    if (this.tierCount === this.offloadBlocks) {
      const oldest = this.tier[this.tierHead]!
      oldest.stream.offloaded(this.index).delete(oldest.index)
      this.tier[this.tierHead] = { stream, index }
      this.tierHead = (this.tierHead + 1) % this.offloadBlocks
    } else {
      this.tier.push({ stream, index })
      this.tierCount++
    }
    positions.add(index)
  }

  private append(block: number): void {
    const node = block + 1
    const last = this.previous[0]!
    this.next[last] = node
    this.previous[node] = last
    this.next[node] = 0
    this.previous[0] = node
  }

  private unlink(block: number): void {
    const node = block + 1
    const before = this.previous[node]!
    const after = this.next[node]!
    this.next[before] = after
    this.previous[after] = before
  }

  private enlarge(): void {
    const size = Math.min(this.blocks, 2 * this.references.length)
    const copy = (old: Int32Array, length: number) => {
      const larger = new Int32Array(length)
      larger.set(old)
      return larger
    }
    this.references = copy(this.references, size)
    this.keyIndex = copy(this.keyIndex, size)
    this.next = copy(this.next, size + 1)
    this.previous = copy(this.previous, size + 1)
  }
}

/** What a leading block of a prompt is known by, in every cache. */
export function prefixKey(sequence: Sequence, block: number): string {
  const stream = streamOf(sequence, block)
  if (stream === null) return `request ${sequence.index} ${block}`
  return `${stream.id} ${indexOf(sequence, block)}`
}

function streamOf(sequence: Sequence, block: number): PrefixStream | null {
  return block < sequence.sharedBlocks ? sequence.shared : sequence.own
}

function indexOf(sequence: Sequence, block: number): number {
  if (sequence.hashedBlocks === null || block >= sequence.sharedBlocks) return block
  return sequence.hashedBlocks[block]!
}
