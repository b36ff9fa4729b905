// What engines report of their blocks, as a router has it that looks at their reports now and then: each block that
// came to hold a prefix or was taken for something else since the last look is not known yet. Blocks that have moved
// to the host or to a tier below are not reported.
import type { Instance } from '../../instance/instance.js'
import type { PagedKv } from '../../kv/paged-kv.js'
import { positionOf, streamOf } from '../../kv/prefix-key.js'
import type { PrefixStream } from '../../kv/prefix-stream.js'
import type { Sequence } from '../../sequence.js'
import type { PrefixIndex } from './prefix-index.js'

/** Blocks of one cache, as they were at the last look, and what has happened since. */
class Reports {
  blocks = 0
  private readonly held = new Map<PrefixStream, Set<number>>()
  // In turn: what, where in it, and whether it is held now.
  private readonly streams: PrefixStream[] = []
  private readonly positions: number[] = []
  private readonly isHeld: boolean[] = []

  constructor({ kv }: Instance) {
    kv.watch((stream, position, isHeld) => {
      this.streams.push(stream)
      this.positions.push(position)
      this.isHeld.push(isHeld)
    })
  }

  has(stream: PrefixStream, position: number): boolean {
    return this.held.get(stream)?.has(position) === true
  }

  look(): void {
    const { held, streams, positions, isHeld } = this
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!
      let known = held.get(stream)
      if (known === undefined) {
        known = new Set()
        held.set(stream, known)
      }
      if (isHeld[i]!) known.add(positions[i]!)
      else known.delete(positions[i]!)
      this.blocks += isHeld[i]! ? 1 : -1
      if (known.size === 0) held.delete(stream)
    }
    streams.length = 0
    positions.length = 0
    isHeld.length = 0
  }
}

export class ReportedIndex implements PrefixIndex {
  private readonly reports: ReadonlyMap<PagedKv, Reports>

  constructor(instances: readonly Instance[]) {
    this.reports = new Map(instances.map((instance) => [instance.kv, new Reports(instance)]))
  }

  look(): void {
    for (const reports of this.reports.values()) reports.look()
  }

  cachedTokens(sequence: Sequence, { kv }: Instance): number {
    const reports = this.reports.get(kv)!
    const most = Math.floor((sequence.known - 1) / kv.blockSize)
    let blocks = 0
    for (; blocks < most; blocks++) {
      const stream = streamOf(sequence, blocks)
      if (stream === null || !reports.has(stream, positionOf(sequence, blocks))) break
    }
    return kv.hitBlocks(blocks) * kv.blockSize
  }

  routed(): void {}

  size({ kv }: Instance): number {
    return this.reports.get(kv)!.blocks * kv.blockSize
  }
}
