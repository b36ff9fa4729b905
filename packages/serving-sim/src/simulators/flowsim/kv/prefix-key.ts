// What a leading block of a prompt is known by: a stream of tokens and a position in it.
import type { Sequence } from '../sequence.js'
import type { PrefixStream } from './prefix-stream.js'
import type { PrefixBlock } from './tiers/tier-store.js'

/** The stream that a block is of; null: no other request has these tokens. */
export function streamOf(sequence: Sequence, block: number): PrefixStream | null {
  return block < sequence.sharedBlocks ? sequence.shared : sequence.own
}

export function positionOf(sequence: Sequence, block: number): number {
  if (sequence.hashedBlocks === null || block >= sequence.sharedBlocks) return block
  return sequence.hashedBlocks[block]!
}

/** Both; null: no other request has these tokens. */
export function blockOf(sequence: Sequence, block: number): PrefixBlock | null {
  const stream = streamOf(sequence, block)
  return stream === null ? null : { stream, position: positionOf(sequence, block) }
}

/** Both in one word, for indexes outside of the caches. */
export function prefixKey(sequence: Sequence, block: number): string {
  const stream = streamOf(sequence, block)
  if (stream === null) return `request ${sequence.index} ${block}`
  return `${stream.id} ${positionOf(sequence, block)}`
}
