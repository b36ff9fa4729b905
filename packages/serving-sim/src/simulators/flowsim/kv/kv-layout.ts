// How what a sequence keeps is laid out in blocks. A block holds the keys and values of so many tokens in the
// layers that keep them to the end. What layers with a window keep, and states, takes blocks of the same size
// besides, which grow with the sequence until the window is full.
import type { KvMemory, KvRoom } from '../../../step-time/deployment.js'

/** Beyond every window. */
const FAR = 2 ** 24

/** Blocks of a model whose layers all forget: one for each sequence, whatever its length. */
const WHOLE = 2 ** 30

export interface KvLayout {
  /** Tokens of a block. */
  blockSize: number
  /** Bytes of a block on one device; 0: unknown. */
  bytesPerBlock: number
  /** Bytes of a sequence on one device. */
  sequenceBytes(tokens: number): number
  /** Blocks of a sequence besides those of its tokens; null: none. */
  extraBlocks: ((tokens: number) => number) | null
}

/** The layout where nothing but the bytes of a token is known. */
export const evenLayout = (blockSize: number, bytesPerToken: number): KvLayout => ({
  blockSize,
  bytesPerBlock: bytesPerToken * blockSize,
  sequenceBytes: (tokens) => tokens * bytesPerToken,
  extraBlocks: null,
})

/**
 * The layout of a model.
 * @param snapshotTokens tokens between two states that are kept for prefix hits; 0: none are kept
 */
export function kvLayout(memory: KvMemory, blockSize: number, snapshotTokens: number): KvLayout {
  const { sequenceBytes, stateBytes } = memory
  const bytesPerToken = (sequenceBytes(2 * FAR) - sequenceBytes(FAR)) / FAR
  if (bytesPerToken <= 0) {
    return { ...evenLayout(WHOLE, 0), bytesPerBlock: sequenceBytes(FAR), sequenceBytes }
  }
  // A state that is kept every so many tokens is part of the blocks between.
  const snapshot = snapshotTokens === 0 ? 0 : (stateBytes * blockSize) / snapshotTokens
  const bytesPerBlock = bytesPerToken * blockSize + snapshot
  const extra = (tokens: number) =>
    Math.ceil((sequenceBytes(tokens) - tokens * bytesPerToken) / bytesPerBlock - 1e-9)
  return {
    blockSize,
    bytesPerBlock,
    sequenceBytes,
    extraBlocks: extra(1) > 0 || extra(FAR) > 0 ? extra : null,
  }
}

/** Blocks of one replica that fit beside the weights. */
export function fittingBlocks(memory: KvMemory, layout: KvLayout, room: KvRoom): number {
  if (layout.bytesPerBlock === 0) return WHOLE
  return Math.min(WHOLE, Math.floor(memory.roomBytes(room) / layout.bytesPerBlock))
}

/** Tokens of the longest sequence that so many blocks hold. */
export function longestSequence(
  { blockSize, extraBlocks }: Pick<KvLayout, 'blockSize' | 'extraBlocks'>,
  blocks: number,
): number {
  const holds = (count: number) => count + (extraBlocks?.(count * blockSize) ?? 0) <= blocks
  let low = 0
  let high = blocks
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low * blockSize
}
