// Prefixes that lie below the host are fetched when a request comes; the request waits for them, the steps do not.
// What was found for a request stays there for it until it starts.
import type { Preparation } from '../../instance/preparations.js'
import type { Sequence } from '../../sequence.js'
import type { PagedKv } from '../paged-kv.js'
import { blockOf } from '../prefix-key.js'
import type { TierChain } from './tier-chain.js'

/** Blocks that a request found below the devices. */
export interface Staged {
  /** The first of them in the prompt. */
  from: number
  /** The tier of each. */
  levels: number[]
}

/** Whether a block of a prompt is kept for it. */
export const isStaged = (staged: Staged | null, block: number): boolean =>
  staged !== null && block >= staged.from && block < staged.from + staged.levels.length

export class TierFetches implements Preparation {
  constructor(
    private readonly kv: PagedKv,
    private readonly chain: TierChain,
  ) {}

  readyNs(sequence: Sequence, now: number): number {
    const staged = this.locate(sequence)
    if (staged === null) return now
    sequence.staged = staged
    let ready = now
    for (const [level, { link }] of this.chain.tiers.entries()) {
      if (link === null) continue
      const blocks = staged.levels.reduce((sum, one) => sum + (one === level ? 1 : 0), 0)
      if (blocks > 0) ready = Math.max(ready, link.doneNs(blocks, now))
    }
    return ready
  }

  /** What was fetched for a request is on the host then. */
  arrived(sequence: Sequence): void {
    const { staged } = sequence
    if (staged === null) return
    for (const [i, level] of staged.levels.entries()) {
      if (this.chain.tiers[level]!.link === null) continue
      this.chain.promote(blockOf(sequence, staged.from + i)!)
    }
  }

  /** Where the blocks are that follow those on the devices; null: nowhere. */
  private locate(sequence: Sequence): Staged | null {
    const { kv, chain } = this
    const from = kv.deviceBlocks(sequence)
    const most = Math.floor((sequence.known - 1) / kv.blockSize)
    const levels: number[] = []
    for (let i = from; i < most; i++) {
      const block = blockOf(sequence, i)
      const level = block === null ? -1 : chain.find(block)
      if (level < 0) break
      levels.push(level)
    }
    levels.length = Math.max(0, kv.hitBlocks(from + levels.length) - from)
    return levels.length === 0 ? null : { from, levels }
  }
}
