// The tiers that an instance keeps prefixes in, the nearest first: blocks are written to some when they are computed,
// and move down to others when the one above has no room for them. Nobody waits for writes.
import type { PrefixHit } from '../prefix-cache.js'
import type { Staged } from './fetches.js'
import type { TierOptions } from './options.js'
import type { TierLink } from './tier-link.js'
import type { PrefixBlock, TierStore } from './tier-store.js'

export interface Tier {
  options: TierOptions
  store: TierStore
  /** Null: what is here does not have to be fetched. */
  link: TierLink | null
}

export class TierChain {
  /** Blocks that were on the devices where they were looked up. */
  deviceHits = 0
  /** Blocks that were taken from each tier. */
  readonly hits: number[]
  private readonly host: TierStore | null
  private isStopped = false

  constructor(readonly tiers: readonly Tier[]) {
    this.hits = tiers.map(() => 0)
    this.host = tiers[0]?.options.type === 'host' ? tiers[0].store : null
  }

  /** Whether a block is where a step can copy it from. */
  isOnHost(block: PrefixBlock): boolean {
    return this.host?.has(block) === true
  }

  /** The first tier that has a block, for which it is the latest now; -1: none. */
  find(block: PrefixBlock): number {
    return this.tiers.findIndex(({ store }) => store.use(block))
  }

  /** A block was computed. */
  write(block: PrefixBlock): void {
    if (this.isStopped) return
    for (const [level, { options }] of this.tiers.entries()) {
      if (options.write === 'through') this.put(level, block)
    }
  }

  /** The devices, or the tier of a level, have no room for a block any more. */
  demote(block: PrefixBlock, level = -1): void {
    if (this.isStopped) return
    const below = this.tiers[level + 1]
    if (below?.options.write === 'back') this.put(level + 1, block)
  }

  /** A block was fetched. */
  promote(block: PrefixBlock): void {
    if (this.host !== null) this.put(0, block)
  }

  put(level: number, block: PrefixBlock): void {
    const evicted = this.tiers[level]!.store.add(block)
    if (evicted !== null) this.demote(evicted, level)
  }

  /** A request takes over what was found for it. */
  count(staged: Staged | null, { blocks, offloaded }: PrefixHit): void {
    this.deviceHits += blocks.length
    for (let i = blocks.length; i < blocks.length + offloaded; i++) {
      const level = staged?.levels[i - staged.from] ?? 0
      this.hits[level] = this.hits[level]! + 1
    }
  }

  /** The instance fails: nothing is written any more until {@link clear}. */
  stop(): void {
    this.isStopped = true
  }

  /** What the instance had for itself is gone. */
  clear(): void {
    this.isStopped = false
    for (const { options, store } of this.tiers) if (!options.shared) store.clear()
  }
}
