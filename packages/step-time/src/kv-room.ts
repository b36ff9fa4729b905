// Room for sequences on a device, beside weights, activations and what the engine takes.
import type { MemoryUse } from '@flowsim/model-graph'
import { type KvRoom, ServingError } from '@flowsim/serving-sim'
import { type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'

/** What takes room on a device of one replica. */
export interface DeviceLoad {
  memory: MemoryUse
  hardware: HardwareSpec
  /** Beside weights, activations and sequences. */
  runtimeBytes: number
  /** Of an element of the logits, as the engine measures its activations. */
  logitBytes: number
}

/** Bytes for the sequences of one replica. @throws ServingError `invalid_config`, `model_does_not_fit` */
export function roomBytes(
  { memory, hardware, runtimeBytes, logitBytes }: DeviceLoad,
  { memoryUtilization, batchTokens, sequences }: KvRoom,
): number {
  const capacityBytes = memoryLevel(hardware, 'dram')?.capacityBytes
  if (capacityBytes === undefined) {
    throw new ServingError(
      'invalid_config',
      `${hardware.name} lists no capacity of its memory; give kv.blocks`,
    )
  }
  const activations = memory.activationBytes(
    batchTokens,
    Math.min(batchTokens, sequences),
    logitBytes,
  )
  const reserved = runtimeBytes + activations
  const usable = capacityBytes * memoryUtilization
  const room = usable - memory.weightBytes - reserved
  if (room > 0) return room
  throw new ServingError(
    'model_does_not_fit',
    `${gib(usable)} hold weights of ${gib(memory.weightBytes)} and ${gib(reserved)} reserved, but no ` +
      'KV cache; use more devices or smaller types',
  )
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
