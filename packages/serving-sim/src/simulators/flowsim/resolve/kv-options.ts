// The KV cache of an instance: as stated, or what fits beside the weights.
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { Deployment, Drafter, KvMemory } from '../../../step-time/deployment.js'
import { KV } from '../defaults.js'
import { evenLayout, fittingBlocks, kvLayout, longestSequence } from '../kv/kv-layout.js'
import type { InstanceKv, SchedulerOptions } from '../options.js'
import type { FlowsimConfig } from '../schema.js'
import { tierOptions } from './tier-options.js'

type KvConfig = NonNullable<FlowsimConfig['kv']>

/** What stands beside the KV cache of a group. */
export interface KvSurroundings {
  deployment: Deployment
  /** Limits of one replica. */
  scheduler: SchedulerOptions
  /** What drafts beside the model, if anything: its weights and its keys take room too. */
  drafter: Drafter | null
  /** Bytes of the places for adapters on each device. */
  slotBytes: number
}

/**
 * @throws ServingError at the place if nothing fits, or the deployment does not know
 */
export function kvOptions(
  config: KvConfig,
  { deployment, scheduler, drafter, slotBytes }: KvSurroundings,
  place: SourcePlace,
): InstanceKv {
  const { blockSize = KV.blockSize.value, bytesPerToken, snapshotTokens = 0 } = config
  const { replicas } = deployment
  const memory = withAdapters(withDrafter(deployment.memory, drafter), slotBytes)
  const layout =
    memory === null || bytesPerToken !== undefined
      ? evenLayout(blockSize, bytesPerToken ?? 0)
      : kvLayout(memory, blockSize, snapshotTokens)
  const blocks = config.blocks ?? replicas * blocksThatFit()
  // Without snapshots of the states nothing that they depend on can be taken up again.
  const canHit = memory === null || memory.stateBytes === 0 || snapshotTokens > 0
  if (!canHit && config.prefixCaching === true) {
    throw new ServingError(
      'invalid_config',
      'prefixes of a model with states are found where the states were kept; say how often: kv.snapshotTokens',
      place,
    )
  }
  const prefixCaching = canHit && (config.prefixCaching ?? KV.prefixCaching.value)
  const tiers = tierOptions(
    config.tiers ?? [],
    (layout.bytesPerBlock * deployment.devices) / replicas,
    place,
  )
  if (tiers.length > 0 && !prefixCaching) {
    throw new ServingError(
      'invalid_config',
      'kv.tiers keep prefixes, which are not cached here; leave kv.tiers out',
      place,
    )
  }
  return {
    ...layout,
    blocks,
    replicas,
    prefixCaching,
    snapshotTokens,
    swapBlocks: config.swapBlocks ?? (scheduler.preemption === 'swap' ? blocks : 0),
    tiers,
    hostBandwidthBytesPerS: (config.hostBandwidthGBps ?? KV.hostBandwidthGBps.value) * 1e9,
    hostLatencyNs: (config.hostLatencyUs ?? KV.hostLatencyUs.value) * 1000,
  }

  function blocksThatFit(): number {
    if (memory === null) {
      throw new ServingError(
        'invalid_config',
        'kv.blocks is missing; stepTime of this type does not know how much memory there is',
        place,
      )
    }
    const fitting = fittingBlocks(memory, layout, {
      memoryUtilization: config.memoryUtilization ?? KV.memoryUtilization.value,
      batchTokens: scheduler.maxNumBatchedTokens,
      sequences: scheduler.maxNumSeqs,
    })
    if (fitting > 0) return fitting
    throw new ServingError(
      'model_does_not_fit',
      `what the weights leave does not hold one block of ${blockSize} tokens; use more devices`,
      place,
    )
  }
}

/** Less room, by the places for adapters. */
function withAdapters(memory: KvMemory | null, slotBytes: number): KvMemory | null {
  if (memory === null || slotBytes === 0) return memory
  return {
    ...memory,
    weightBytes: memory.weightBytes + slotBytes,
    roomBytes: (room) => memory.roomBytes(room) - slotBytes,
  }
}

/** Sequences of the model and of its drafter, beside the weights of both. */
function withDrafter(memory: KvMemory | null, drafter: Drafter | null): KvMemory | null {
  const own = drafter?.memory ?? null
  if (memory === null || own === null) return memory
  return {
    weightBytes: memory.weightBytes + own.weightBytes,
    sequenceBytes: (tokens) => memory.sequenceBytes(tokens) + own.sequenceBytes(tokens),
    stateBytes: memory.stateBytes + own.stateBytes,
    roomBytes: (room) => memory.roomBytes(room) - own.weightBytes,
  }
}

/**
 * The longest sequence that an instance takes. Engines do not start with one that their KV cache cannot hold, so
 * neither does a run in which it is stated; the length of the model itself is cut, and that is said.
 */
export function checkLength(
  maxModelLen: number,
  kv: InstanceKv,
  { isStated, place, notes }: { isStated: boolean; place: SourcePlace; notes: string[] },
): number {
  const longest = longestSequence(kv, Math.floor(kv.blocks / kv.replicas))
  if (maxModelLen <= longest) return maxModelLen
  if (isStated) {
    throw new ServingError(
      'model_does_not_fit',
      `maxModelLen is ${maxModelLen}, but the KV cache holds ${longest} tokens of a sequence; at most ` +
        `${longest} works, or more memory`,
      place,
    )
  }
  const note =
    `maxModelLen is ${longest} here: the KV cache does not hold the ${maxModelLen} tokens of the model, ` +
    'with which engines would not start'
  if (!notes.includes(note)) notes.push(note)
  return longest
}
