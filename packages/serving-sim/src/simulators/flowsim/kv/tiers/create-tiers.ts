// The tiers of each instance of a cluster: those that are shared are one for all instances of a model.
import { SerialLink } from '../../instance/serial-link.js'
import type { InstanceOptions } from '../../options.js'
import type { TierOptions } from './options.js'
import { type Tier, TierChain } from './tier-chain.js'
import { TierLink } from './tier-link.js'
import { TierStore } from './tier-store.js'

/** What instances have of a tier together. */
interface Common {
  store: TierStore
  total: SerialLink
}

type TieredInstance = Pick<InstanceOptions, 'kv' | 'serves'>

/** Null for an instance without tiers. */
export function createTiers(instances: readonly TieredInstance[]): (TierChain | null)[] {
  const shared = new Map<string, Common>()
  let stores = 0
  const common = (options: TierOptions, serves: string | undefined): Common => {
    const create = (blocks: number) => ({
      store: new TierStore(stores++, blocks),
      total: new SerialLink(),
    })
    if (!options.shared) return create(options.blocks)
    const key = JSON.stringify([options.type, serves])
    let found = shared.get(key)
    if (found === undefined) {
      found = create(sharedBlocks(instances, options.type, serves))
      shared.set(key, found)
    }
    return found
  }
  return instances.map(({ kv: { tiers, prefixCaching }, serves }) => {
    if (tiers.length === 0 || !prefixCaching) return null
    return new TierChain(
      tiers.map((options): Tier => {
        const { store, total } = common(options, serves)
        return {
          options,
          store,
          link: options.type === 'host' ? null : new TierLink(options, total),
        }
      }),
    )
  })
}

/** Blocks of different sizes count as the largest. */
function sharedBlocks(
  instances: readonly TieredInstance[],
  type: TierOptions['type'],
  serves: string | undefined,
): number {
  const members = instances.filter((instance) => instance.serves === serves)
  const tiers = members.flatMap(({ kv }) => kv.tiers)
  return Math.min(
    ...tiers.flatMap((tier) => (tier.type === type && tier.shared ? tier.blocks : [])),
  )
}
