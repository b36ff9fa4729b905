// Tiers that hold prefixes before the first request comes: a share of those that requests of the workload have in
// common, one in so many in the order of their first use.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { InstanceOptions } from '../../options.js'
import type { SharedPart } from '../../sequence-factory.js'
import type { TierChain } from './tier-chain.js'
import type { PrefixBlock, TierStore } from './tier-store.js'

/** @param sharedPart what of a request's tokens others may have too */
export function warmTiers(
  chains: readonly (TierChain | null)[],
  instances: readonly Pick<InstanceOptions, 'serves'>[],
  requests: readonly WorkloadRequest[],
  sharedPart: (request: WorkloadRequest) => SharedPart,
): void {
  const warmed = new Set<TierStore>()
  for (const [i, chain] of chains.entries()) {
    for (const [level, { options, store }] of chain?.tiers.entries() ?? []) {
      if (options.warm === 0 || warmed.has(store)) continue
      warmed.add(store)
      const { serves } = instances[i]!
      const own = requests.filter(({ model }) => (model ?? serves) === serves)
      for (const prefix of shareOf(prefixesOf(own.map(sharedPart)), options.warm)) {
        for (const block of prefix) chain!.put(level, block)
      }
    }
  }
}

/** Blocks of each prefix: of a group, or those that follow a first block and that two requests have. */
function prefixesOf(parts: readonly SharedPart[]): PrefixBlock[][] {
  const uses = new Map<number, number>()
  for (const { hashedBlocks } of parts) {
    for (const position of hashedBlocks ?? []) uses.set(position, (uses.get(position) ?? 0) + 1)
  }
  const found = new Map<unknown, Map<number, PrefixBlock>>()
  for (const { shared, sharedBlocks, hashedBlocks } of parts) {
    if (shared === null) continue
    for (let i = 0; i < sharedBlocks; i++) {
      const position = hashedBlocks?.[i] ?? i
      if (hashedBlocks !== null && uses.get(position)! < 2) break
      const key = hashedBlocks?.[0] ?? shared
      let blocks = found.get(key)
      if (blocks === undefined) {
        blocks = new Map()
        found.set(key, blocks)
      }
      blocks.set(position, { stream: shared, position })
    }
  }
  return [...found.values()].map((blocks) => [...blocks.values()])
}

/** Evenly among all. */
const shareOf = <Item>(all: readonly Item[], share: number): Item[] =>
  all.filter((_, i) => Math.floor((i + 1) * share + 1e-9) > Math.floor(i * share + 1e-9))
