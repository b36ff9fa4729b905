// What tiers gave, as a report counts it: tokens of prompts by where they were found, of all that were looked up.
import type { PagedKv } from '../paged-kv.js'
import type { TierChain } from './tier-chain.js'

export function tierFeatures(
  { tiers, hits, deviceHits }: TierChain,
  { blockSize, lookupTokens }: PagedKv,
): Record<string, number> {
  const found = tiers.map(({ options }, i) => [`${options.type}HitTokens`, hits[i]! * blockSize])
  return {
    kvLookupTokens: lookupTokens,
    deviceHitTokens: deviceHits * blockSize,
    ...Object.fromEntries(found),
  }
}
