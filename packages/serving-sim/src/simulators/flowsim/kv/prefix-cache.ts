// Which prefix each block of a KV cache holds, until the block is taken for something else; tiers below, if there are
// any, are told of both.
import type { Sequence } from '../sequence.js'
import { blockOf, positionOf, streamOf } from './prefix-key.js'
import type { PrefixStream } from './prefix-stream.js'
import { isStaged } from './tiers/fetches.js'
import type { TierChain } from './tiers/tier-chain.js'

/** Blocks that a request can take over. */
export interface PrefixHit {
  /** On the device, in order from the first token. */
  blocks: number[]
  /** Further blocks that are on the host, or were fetched for the request. */
  offloaded: number
}

/** Told of each block that comes to hold a prefix, or holds it no more. */
export type PrefixWatcher = (stream: PrefixStream, position: number, isHeld: boolean) => void

/** Settings of prefix caching. */
export interface PrefixCacheOptions {
  /** The KV cache, as streams know it. */
  cache: number
  blockSize: number
  /** Prefix hits end at multiples of so many tokens; 0: at any block. */
  snapshotTokens: number
  /** Null: what leaves the devices is gone. */
  tiers: TierChain | null
}

export class PrefixCache {
  /** Blocks that prefixes can be found in. */
  blocks = 0
  watcher: PrefixWatcher | null = null
  // By block, up to the last one that ever held a prefix; null: it holds nothing that can be found.
  private readonly streams: (PrefixStream | null)[] = []
  private readonly positions: number[] = []
  private readonly tiers: TierChain | null
  private readonly cache: number
  private readonly blockSize: number
  /** Blocks between two places where a hit may end. */
  private readonly stride: number

  constructor({ cache, blockSize, snapshotTokens, tiers }: PrefixCacheOptions) {
    this.cache = cache
    this.blockSize = blockSize
    this.stride = Math.max(1, Math.ceil(snapshotTokens / blockSize))
    this.tiers = tiers
  }

  /** What of a request's tokens is cached, but for the last one: its result is needed. */
  find(sequence: Sequence): PrefixHit {
    const hit = this.longest(sequence)
    const found = hit.blocks.length + hit.offloaded
    const kept = this.hitBlocks(found)
    if (kept < found) {
      hit.blocks.length = Math.min(hit.blocks.length, kept)
      hit.offloaded = kept - hit.blocks.length
    }
    return hit
  }

  /** Blocks of a hit where so many are found: it ends where states were kept. */
  hitBlocks(found: number): number {
    return found - (found % this.stride)
  }

  /** Registers the blocks of a shared prefix among the first `tokens` of a request. */
  addShared(sequence: Sequence, tokens: number): void {
    const full = Math.min(sequence.sharedBlocks, Math.floor(tokens / this.blockSize))
    for (; sequence.keyed < full; sequence.keyed++) {
      const { keyed } = sequence
      this.add(sequence.blocks[keyed]!, sequence.shared!, positionOf(sequence, keyed))
    }
  }

  /** Registers the blocks of a request's own tokens, if anybody can look for them. */
  addOwn(sequence: Sequence): void {
    if (sequence.own === null) return
    const full = Math.floor(sequence.computed / this.blockSize)
    for (let i = Math.max(sequence.keyed, sequence.sharedBlocks); i < full; i++) {
      this.add(sequence.blocks[i]!, sequence.own, i)
    }
  }

  /** A block is taken for something else. */
  forget(block: number): void {
    const stream = this.streams[block] ?? null
    if (stream === null) return
    const position = this.positions[block]!
    stream.onDevice(this.cache).delete(position)
    this.streams[block] = null
    this.blocks--
    this.watcher?.(stream, position, false)
    this.tiers?.demote({ stream, position })
  }

  /** Nothing is found any more. */
  clear(): void {
    for (let block = 0; block < this.streams.length; block++) this.forget(block)
  }

  /** The leading blocks of a request that are on the devices. */
  onDevice(sequence: Sequence): number[] {
    const blocks: number[] = []
    const most = Math.floor((sequence.known - 1) / this.blockSize)
    for (let i = 0; i < most; i++) {
      const stream = streamOf(sequence, i)
      if (stream === null) break
      const block = stream.onDevice(this.cache).get(positionOf(sequence, i))
      if (block === undefined) break
      blocks.push(block)
    }
    return blocks
  }

  private longest(sequence: Sequence): PrefixHit {
    const hit: PrefixHit = { blocks: this.onDevice(sequence), offloaded: 0 }
    if (this.tiers === null) return hit
    const most = Math.floor((sequence.known - 1) / this.blockSize)
    for (let i = hit.blocks.length; i < most; i++) {
      const block = blockOf(sequence, i)
      if (block === null) break
      if (!isStaged(sequence.staged, i) && !this.tiers.isOnHost(block)) break
      hit.offloaded++
    }
    return hit
  }

  private add(block: number, stream: PrefixStream, position: number): void {
    // Two requests may compute the same prefix at once; the first block stays the cached one.
    const blocks = stream.onDevice(this.cache)
    if (blocks.has(position)) return
    blocks.set(position, block)
    this.blocks++
    this.watcher?.(stream, position, true)
    while (this.streams.length <= block) {
      this.streams.push(null)
      this.positions.push(0)
    }
    this.streams[block] = stream
    this.positions[block] = position
    this.tiers?.write({ stream, position })
  }
}
