// A paged KV cache with prefix caching, as in vLLM: blocks of a fixed number of tokens, shared by
// reference count; blocks given back keep their contents at the end of the free list, last block of
// a request first, and are found again by their prefix until they are taken for something else.
//
// Source of the rules: vLLM's design document on automatic prefix caching (V1).
import type { InstanceKv } from '../options.js'
import type { Sequence } from '../sequence.js'
import { BlockPool } from './block-pool.js'
import { PrefixCache, type PrefixHit, type PrefixWatcher } from './prefix-cache.js'
import { PrefixStream } from './prefix-stream.js'
import type { TierChain } from './tiers/tier-chain.js'

/** Settings of a KV cache. */
export type KvOptions = Pick<
  InstanceKv,
  'blocks' | 'blockSize' | 'prefixCaching' | 'extraBlocks' | 'snapshotTokens'
>

const NO_HIT: PrefixHit = { blocks: [], offloaded: 0 }

/** The KV cache of an instance. */
export class PagedKv {
  /** Tokens that did not have to be computed. */
  hitTokens = 0
  /** Tokens that were looked up. */
  lookupTokens = 0

  readonly blocks: number
  readonly blockSize: number
  private readonly pool: BlockPool
  private readonly prefixes: PrefixCache | null
  private readonly extraBlocks: KvOptions['extraBlocks']

  /**
   * @param index its place among the caches of a cluster, by which streams know it
   * @param tiers below it; null: what leaves it is gone
   */
  constructor(
    index: number,
    options: KvOptions,
    private readonly tiers: TierChain | null = null,
  ) {
    const { blocks, blockSize, prefixCaching, extraBlocks } = options
    this.blocks = blocks
    this.blockSize = blockSize
    this.extraBlocks = extraBlocks
    this.prefixes = prefixCaching ? new PrefixCache({ ...options, cache: index, tiers }) : null
    this.pool = new BlockPool(blocks, (block) => this.prefixes?.forget(block))
  }

  /** Blocks held by requests. */
  get used(): number {
    return this.pool.used
  }

  /** Largest {@link used}. */
  get peak(): number {
    return this.pool.peak
  }

  get free(): number {
    return this.pool.free
  }

  /** Blocks that prefixes can be found in. */
  get cachedBlocks(): number {
    return this.prefixes?.blocks ?? 0
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
    return this.prefixes === null ? NO_HIT : this.prefixes.find(sequence)
  }

  /** Tokens of a prompt that are cached, for routers; nothing is counted. */
  cachedTokens(sequence: Sequence): number {
    const { blocks, offloaded } = this.lookup(sequence)
    return (blocks.length + offloaded) * this.blockSize
  }

  /** Leading blocks of a request that are on the devices. */
  deviceBlocks(sequence: Sequence): number {
    return this.prefixes?.onDevice(sequence).length ?? 0
  }

  /** Blocks of a hit where a router has found so many. */
  hitBlocks(found: number): number {
    return this.prefixes?.hitBlocks(found) ?? 0
  }

  /** Tells of every block that comes to hold a prefix, or holds it no more. */
  watch(watcher: PrefixWatcher): void {
    if (this.prefixes !== null) this.prefixes.watcher = watcher
  }

  /** Free blocks that taking over a hit and growing to `tokens` would use up. */
  cost(hit: PrefixHit, tokens: number): number {
    let idle = 0
    for (const block of hit.blocks) if (this.pool.isIdle(block)) idle++
    return this.blocksFor(tokens) - hit.blocks.length + idle
  }

  /** Takes over cached blocks; what was offloaded must be loaded into blocks grown later. */
  claim(sequence: Sequence, hit: PrefixHit): void {
    for (const block of hit.blocks) {
      this.pool.refer(block)
      sequence.blocks.push(block)
    }
    sequence.keyed = hit.blocks.length
    sequence.capacity = sequence.blocks.length * this.blockSize
    sequence.computed = (hit.blocks.length + hit.offloaded) * this.blockSize
    this.hitTokens += sequence.computed
    this.lookupTokens += sequence.known
    this.tiers?.count(sequence.staged, hit)
    sequence.staged = null
  }

  /** Makes room for `tokens` of a request; false, and nothing changed, if there are too few blocks. */
  grow(sequence: Sequence, tokens: number): boolean {
    const { blocks, extra } = sequence
    const needed = Math.max(0, Math.ceil(tokens / this.blockSize) - blocks.length)
    // For windows and states.
    const further =
      this.extraBlocks === null
        ? 0
        : Math.max(0, this.extraBlocks((blocks.length + needed) * this.blockSize) - extra.length)
    if (needed + further > this.pool.free) return false
    if (further > 0) this.pool.take(further, extra)
    if (needed > 0) {
      this.pool.take(needed, blocks)
      sequence.capacity = blocks.length * this.blockSize
    }
    if (this.prefixes !== null && sequence.keyed < sequence.sharedBlocks) {
      this.prefixes.addShared(sequence, tokens)
    }
    return true
  }

  /** Gives all blocks of a request back. */
  release(sequence: Sequence): void {
    const { blocks, extra } = sequence
    for (const block of extra) this.pool.drop(block)
    this.prefixes?.addOwn(sequence)
    this.giveBack(blocks)
    empty(sequence)
  }

  /** Gives blocks back so that the same request can find them again. */
  preempt(sequence: Sequence): void {
    if (this.prefixes !== null) sequence.own ??= new PrefixStream()
    this.release(sequence)
  }

  /** Forgets all prefixes. */
  clear(): void {
    this.prefixes?.clear()
  }

  /** Takes the blocks of a request that goes elsewhere; they are in use until they are given back. */
  lend(sequence: Sequence): number[] {
    this.prefixes?.addOwn(sequence)
    const lent = [...sequence.blocks, ...sequence.extra]
    empty(sequence)
    return lent
  }

  /** Gives back what {@link lend} took. */
  giveBack(lent: readonly number[]): void {
    for (let i = lent.length - 1; i >= 0; i--) this.pool.drop(lent[i]!)
  }
}

function empty(sequence: Sequence): void {
  sequence.blocks.length = 0
  sequence.extra.length = 0
  sequence.capacity = 0
  sequence.keyed = 0
}
