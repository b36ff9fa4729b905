// LoRA adapters of a group: what one takes on its devices, and the links that bring it there.
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { AdapterCost, Deployment } from '../../../step-time/deployment.js'
import type { AdapterOptions } from '../adapters/options.js'
import { ADAPTED_PARTS, type LoraConfig } from '../adapters/schema.js'
import { LORA } from '../defaults.js'

/** Adapters of an instance, and the bytes of their places on each of its devices. */
export interface ResolvedAdapters {
  options: AdapterOptions
  slotBytes: number
}

/** @throws ServingError at the place where an adapter's size is neither known nor stated */
export function loraOptions(
  config: LoraConfig,
  deployment: Deployment,
  place: SourcePlace,
): ResolvedAdapters {
  const slots = config.maxLoras ?? LORA.maxLoras.value
  const { hostAdapters = Number.POSITIVE_INFINITY } = config
  if (hostAdapters < slots) {
    throw new ServingError(
      'invalid_config',
      `hostAdapters ${hostAdapters} is below maxLoras ${slots}; what the devices hold is on the host too`,
      place,
    )
  }
  const cost = adapterCost(config, deployment, place)
  const hostRate = (config.hostBandwidthGBps ?? LORA.hostBandwidthGBps.value) * 1e9
  const storageRate = (config.storageGBps ?? LORA.storageGBps.value) * 1e9
  const wholeBytes = (cost.bytes * deployment.devices) / deployment.replicas
  return {
    slotBytes: slots * cost.bytes,
    options: {
      slots,
      hostAdapters,
      loadNs:
        (config.hostLatencyUs ?? LORA.hostLatencyUs.value) * 1e3 + (cost.bytes * 1e9) / hostRate,
      fetchNs:
        (config.storageLatencyMs ?? LORA.storageLatencyMs.value) * 1e6 +
        (wholeBytes * 1e9) / storageRate,
      stepNs: cost.stepNs,
    },
  }
}

function adapterCost(
  { rank = LORA.rank.value, modules = [...ADAPTED_PARTS], megabytes, stepUs }: LoraConfig,
  { adapters }: Deployment,
  place: SourcePlace,
): AdapterCost {
  const known = adapters?.({ rank, modules }) ?? null
  if (known === null && megabytes === undefined) {
    throw new ServingError(
      'invalid_config',
      'stepTime of this type knows no layers; say how large an adapter is on one device: lora.megabytes',
      place,
    )
  }
  if (known !== null && known.bytes === 0) {
    throw new ServingError(
      'invalid_config',
      `the model has no linear layers of ${modules.join(' or ')} that adapters change; change lora.modules`,
      place,
    )
  }
  return {
    bytes: megabytes === undefined ? known!.bytes : megabytes * 1e6,
    stepNs: stepUs === undefined && known !== null ? known.stepNs : () => (stepUs ?? 0) * 1e3,
  }
}
