import type { PrefixIndex } from './prefix-index.js'

/** The caches themselves: engines report every block that they store and evict. */
export const preciseIndex: PrefixIndex = {
  cachedTokens: (sequence, { kv }) => kv.cachedTokens(sequence),
  routed() {},
  size: ({ kv }) => kv.cachedBlocks * kv.blockSize,
}
