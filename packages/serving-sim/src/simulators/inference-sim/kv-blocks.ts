// The paged KV cache of inference-sim, block by block, with its two sets of rules.
//
// `head`: allocation is all or nothing; a full block's key chains the key of the block before it.
// `2025`: the version in its README, whose faults decide its printed numbers:
//   - a prefill chunk keys its blocks as if it started at token 0, so a chunk after a prefix hit
//     (or a second chunk) gives the keys of short prefixes to wrong blocks;
//   - when a token completes a partly filled block it is stored again in a new one;
//   - a failed allocation keeps what it had taken;
//   - an evicted block removes its key even where the key has moved on to another block.
//
// Keys are hashes of token prefixes there. Here two prefixes are equal exactly if they are equally
// long prefixes of the same stream (of a shared prefix, or of one request), so a key is a stream
// and a number of blocks.
import { FreeList } from '../../core/free-list.js'

/** Tokens with one identity: a shared prefix, or everything of one request. */
export interface KeyStream {
  /** Block that the key of each number of blocks (less one) maps to; -1 or absent: none. */
  blockOf: number[]
}

/** What the cache knows of a request. */
export interface CacheClient {
  inputTokens: number
  /** Tokens of `shared` that the prompt starts with. */
  prefixTokens: number
  /** Stream of the shared prefix. */
  shared: KeyStream | null
  /** Stream of the request's own tokens. */
  own: KeyStream
  progress: number
  /** Blocks held, in order of tokens; null if the cache has no entry for the request. */
  blocks: number[] | null
  /** Whether the blocks hold exactly the request's tokens in order. */
  pristine: boolean
}

const NONE = -1

function hold(client: CacheClient, block: number): void {
  if (client.blocks === null) client.blocks = [block]
  else client.blocks.push(block)
}

/** Blocks, their free list and the keys by which prefixes find them. */
export class KvBlocks {
  /** Blocks held by requests now. */
  used = 0
  /** Blocks taken by their key, and blocks newly filled. */
  hits = 0
  misses = 0

  // By block. The arrays grow with the blocks that were ever touched.
  private references: number[] = []
  private fill: number[] = []
  private keyStream: (KeyStream | null)[] = []
  private keyIndex: number[] = []
  /** Whose tokens a block holds, and from which token on; the start is -1 for a mixture. */
  private contentStream: (KeyStream | null)[] = []
  private contentStart: number[] = []

  // Blocks never used yet, in order, are taken before those given back.
  private fresh = 0
  private readonly idle = new FreeList()

  constructor(
    /** Blocks in all. */
    readonly total: number,
    /** Tokens of a block. */
    readonly blockSize: number,
    private readonly rules: '2025' | 'head',
  ) {}

  get free(): number {
    return this.total - this.used
  }

  /** Blocks of the longest cached prefix of the request's prompt. */
  cachedPrefix(client: CacheClient): number[] {
    const blocks: number[] = []
    const full = Math.floor(client.inputTokens / this.blockSize)
    for (let i = 0; i < full; i++) {
      const block = this.streamAt(client, i).blockOf[i]
      if (block === undefined || block === NONE) break
      blocks.push(block)
    }
    return blocks
  }

  /**
   * Room for tokens `from` to `to` of a request; `cached` are the blocks of the prefix before
   * `from`, claimed at the request's first allocation. False if there is no room.
   */
  allocate(client: CacheClient, from: number, to: number, cached: readonly number[]): boolean {
    return this.rules === '2025'
      ? this.allocate2025(client, from, to, cached)
      : this.allocateHead(client, from, to, cached)
  }

  /** Gives a request's blocks back, last block first, so that it is evicted first. */
  release(client: CacheClient): void {
    const blocks = client.blocks
    client.blocks = null
    client.pristine = true
    if (blocks === null) return
    for (let i = blocks.length - 1; i >= 0; i--) this.unreference(blocks[i]!)
  }

  private allocate2025(
    client: CacheClient,
    from: number,
    to: number,
    cached: readonly number[],
  ): boolean {
    const size = this.blockSize
    const prefill = client.progress < client.inputTokens
    const length = prefill ? to - from : 1
    const blocksPerPass = prefill ? Math.ceil(length / size) : 1
    if (prefill && blocksPerPass > this.free) return false
    let done = 0
    while (done < length) {
      if (client.blocks === null) this.claim(client, cached)
      const last = client.blocks === null ? NONE : client.blocks.at(-1)!
      const held = last === NONE ? 0 : this.fill[last]!
      if (held > 0 && held < size) {
        const taken = Math.min(length, size - held)
        if (this.contentStart[last]! + held !== from) this.contentStart[last] = NONE
        this.fill[last] = held + taken
        if (this.contentStart[last] === NONE || done > 0) client.pristine = false
        if (held + taken === size) this.keyFilledBlock(client, last)
        done += Math.min(length, size - held - taken)
        continue
      }
      for (let i = 0; i < blocksPerPass; i++) {
        const block = this.pop()
        if (block === NONE) return false
        const end = Math.min(done + size, length)
        this.fill[block] = end - done
        this.references[block] = 1
        this.used++
        this.misses++
        this.setContent(client, block, from + done)
        if (this.endOf(client, client.blocks?.length ?? 0) !== from + done) client.pristine = false
        // The fault: `end` counts from the chunk, the key is that of the prompt's first tokens.
        if (end - done === size && end % size === 0) this.setKey(client, block, end / size - 1)
        hold(client, block)
        done = end
      }
    }
    return true
  }

  /** Tokens in a request's first `count` blocks. */
  private endOf(client: CacheClient, count: number): number {
    if (count === 0) return 0
    if (client.pristine) {
      // In order and without gaps: all blocks but the last are full.
      return (count - 1) * this.blockSize + this.fill[client.blocks![count - 1]!]!
    }
    return NONE
  }

  private keyFilledBlock(client: CacheClient, block: number): void {
    if (!client.pristine) return
    const index = client.blocks!.length - 1
    if ((index + 1) * this.blockSize <= client.inputTokens) this.setKey(client, block, index)
  }

  private allocateHead(
    client: CacheClient,
    from: number,
    to: number,
    cached: readonly number[],
  ): boolean {
    const size = this.blockSize
    const prefill = to <= client.inputTokens
    const length = prefill ? to - from : 1
    const last = client.blocks === null ? NONE : client.blocks.at(-1)!
    const held = last === NONE ? 0 : this.fill[last]!
    const spare = held > 0 && held < size ? size - held : 0
    const needed = Math.ceil(Math.max(0, length - spare) / size)
    let leaving = 0
    if (client.blocks === null) {
      for (const block of cached) if (this.references[block] === 0) leaving++
    }
    if (needed + (prefill ? leaving : 0) > this.free) return false
    if (length === 0) return true
    if (client.blocks === null) {
      this.claim(client, cached)
      // A prompt that was cached whole claims nothing; its outputs then start its blocks.
      client.pristine = from === cached.length * size
    }
    let done = 0
    if (spare > 0) {
      done = Math.min(length, spare)
      this.fill[last] = held + done
      if (held + done === size && client.pristine)
        this.setKey(client, last, client.blocks!.length - 1)
    }
    while (done < length) {
      const block = this.pop()
      const end = Math.min(done + size, length)
      this.fill[block] = end - done
      this.references[block] = 1
      this.used++
      this.misses++
      if (end - done === size && prefill && client.pristine) {
        this.setKey(client, block, client.blocks?.length ?? 0)
      }
      hold(client, block)
      done = end
    }
    return true
  }

  private claim(client: CacheClient, cached: readonly number[]): void {
    for (let i = 0; i < cached.length; i++) {
      const block = cached[i]!
      if (this.references[block]! === 0) {
        this.used++
        this.idle.remove(block)
      }
      this.references[block] = this.references[block]! + 1
      this.hits++
      const rightful =
        this.contentStart[block] === i * this.blockSize &&
        this.contentStream[block] === this.streamAt(client, i)
      if (!rightful) client.pristine = false
      hold(client, block)
    }
  }

  private streamAt(client: CacheClient, index: number): KeyStream {
    return client.shared !== null && (index + 1) * this.blockSize <= client.prefixTokens
      ? client.shared
      : client.own
  }

  private setContent(client: CacheClient, block: number, start: number): void {
    this.contentStart[block] = start
    this.contentStream[block] = this.streamAt(client, Math.floor(start / this.blockSize))
  }

  private setKey(client: CacheClient, block: number, index: number): void {
    const stream = this.streamAt(client, index)
    stream.blockOf[index] = block
    this.keyStream[block] = stream
    this.keyIndex[block] = index
  }

  private unreference(block: number): void {
    const references = this.references[block]! - 1
    this.references[block] = references
    if (references > 0) return
    this.used--
    this.idle.append(block)
  }

  /** Takes the first free block and forgets its key. */
  private pop(): number {
    if (this.fresh < this.total) {
      const block = this.fresh++
      this.references.push(0)
      this.fill.push(0)
      this.keyStream.push(null)
      this.keyIndex.push(0)
      this.contentStream.push(null)
      this.contentStart.push(0)
      return block
    }
    const block = this.idle.first
    if (block < 0) return NONE
    this.idle.remove(block)
    const stream = this.keyStream[block]!
    if (stream !== null) {
      stream.blockOf[this.keyIndex[block]!] = NONE
      this.keyStream[block] = null
    }
    this.fill[block] = 0
    return block
  }
}
