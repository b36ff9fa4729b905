// The indices of prefixes, by name.

import type { Instance } from '../../instance/instance.js'
import { ApproximateIndex } from './approximate.js'
import { preciseIndex } from './precise.js'
import type { PrefixIndex, PrefixIndexOptions } from './prefix-index.js'
import { ReportedIndex } from './reported.js'

export const PREFIX_INDICES: Record<
  PrefixIndexOptions['index'],
  (options: PrefixIndexOptions, instances: readonly Instance[]) => PrefixIndex
> = {
  precise: ({ stalenessNs }, instances) =>
    stalenessNs > 0 ? new ReportedIndex(instances) : preciseIndex,
  approximate: ({ indexBlocks }) => new ApproximateIndex(indexBlocks),
}
