// Tiers of KV below the devices: how many blocks they hold, and how long one takes to come.
import { ServingError, type SourcePlace } from '../../../errors.js'
import { TIERS } from '../defaults.js'
import type { TierOptions } from '../kv/tiers/options.js'
import type { TierConfig } from '../kv/tiers/schema.js'

/**
 * @param blockBytes of a block on all devices that hold a part of it; 0: unknown
 * @throws ServingError at the place where tiers contradict each other, or the size of KV is not known
 */
export function tierOptions(
  tiers: readonly TierConfig[],
  blockBytes: number,
  place: SourcePlace,
): TierOptions[] {
  const fail = (message: string) => {
    throw new ServingError('invalid_config', message, place)
  }
  if (tiers.length > 0 && blockBytes === 0) {
    fail('stepTime of this type does not know how large KV is; say kv.bytesPerToken')
  }
  for (const [i, { type }] of tiers.entries()) {
    if (tiers.findIndex((other) => other.type === type) < i) {
      fail(`kv.tiers has two of the type ${type}; give one, with the capacity of both`)
    }
    if (type === 'host' && i > 0)
      fail('the host is nearest to the devices; put it first in kv.tiers')
  }
  return tiers.map((tier) => {
    const { type, capacityGB, write = TIERS[type].write.value, warm = 0 } = tier
    const blocks =
      capacityGB === undefined
        ? Number.POSITIVE_INFINITY
        : Math.floor((capacityGB * 1e9) / blockBytes)
    const shape = { type, blocks, write, warm }
    if (tier.type === 'host') {
      return { ...shape, shared: false, latencyNs: 0, blockNs: 0, totalBlockNs: 0 }
    }
    const defaults = TIERS[tier.type]
    const { totalGBps, shared = defaults.shared.value } = tier
    return {
      ...shape,
      shared,
      latencyNs: (tier.latencyUs ?? defaults.latencyUs.value) * 1e3,
      // Bytes over GB/s are nanoseconds.
      blockNs: blockBytes / (tier.bandwidthGBps ?? defaults.bandwidthGBps.value),
      totalBlockNs: totalGBps === undefined ? 0 : blockBytes / totalGBps,
    }
  })
}
