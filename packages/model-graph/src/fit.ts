// What fits into the room that weights and workspaces leave of a device.
import type { MemoryUse } from './memory.js'

/** What the answer depends on. */
export interface FitOptions {
  /** Room for sequences on each device. */
  roomBytes: number
  /** Tokens of each sequence of a batch. */
  contextTokens: number
  /** Longest context of the model; null: no limit is known. */
  maxPositions?: number | null
}

/** What fits. */
export interface Fit {
  /** Tokens whose keys and values fit, in sequences as long as asked for. */
  kvTokens: number
  /** Sequences of that length. */
  maxSequences: number
  /** Tokens of a single sequence. */
  maxContext: number
}

/** Sequences and contexts that fit beside the weights. */
export function fitSequences(memory: MemoryUse, options: FitOptions): Fit {
  const { roomBytes, contextTokens, maxPositions = null } = options
  const each = memory.sequenceBytes(contextTokens)
  const maxSequences = Math.max(0, Math.floor(roomBytes / each))
  const limit = maxPositions ?? 2 ** 40
  return {
    kvTokens: maxSequences * contextTokens,
    maxSequences,
    maxContext: longest((tokens) => memory.sequenceBytes(tokens) <= roomBytes, limit),
  }
}

/** Most tokens, up to a limit, that still fit. */
function longest(fits: (tokens: number) => boolean, limit: number): number {
  if (fits(limit)) return limit
  let low = 0
  let high = limit
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}
