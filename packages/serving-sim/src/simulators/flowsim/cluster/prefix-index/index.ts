// The indices of prefixes, by name.
import { ApproximateIndex } from './approximate.js'
import { preciseIndex } from './precise.js'
import type { PrefixIndex, PrefixIndexOptions } from './prefix-index.js'

export const PREFIX_INDICES: Record<
  PrefixIndexOptions['index'],
  (options: PrefixIndexOptions) => PrefixIndex
> = {
  precise: () => preciseIndex,
  approximate: ({ indexBlocks }) => new ApproximateIndex(indexBlocks),
}
