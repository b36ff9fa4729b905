// Sequences that fit beside a model's weights on a device.
import { type Fit, fitSequences, type MemoryUse, type ModelConfig } from '@flowsim/model-graph'
import { findEngine, roomBytes } from '@flowsim/step-time'
import { loadHardware } from '../../inputs/hardware.js'
import type { ShowModelFlags } from './flags.js'

/** Share of a device's memory that vLLM uses (`--gpu-memory-utilization` of 0.9). */
const MEMORY_UTILIZATION = 0.9
/** Tokens of a step of vLLM's server on large devices (`max_num_batched_tokens`). */
const BATCH_TOKENS = 8192
/** Sequences that are sampled at once for which vLLM keeps room (`max_num_seqs`). */
const SAMPLED = 1024
/** Context of a batch where none is asked for; shorter where the model's is. */
const USUAL_CONTEXT = 8192

/** What fits on one device, with the room that vLLM leaves. */
export interface FitOnDevice extends Fit {
  hardware: string
  /** Devices of the deployment. */
  devices: number
  /** Bytes for sequences on each device. */
  roomBytes: number
  /** Tokens of each sequence of the largest batch. */
  contextTokens: number
}

/** What fits of a model on the device that the flags name. @throws ServingError `model_does_not_fit` */
export async function fitOnDevice(
  model: ModelConfig,
  memory: MemoryUse,
  flags: ShowModelFlags & { hardware?: string },
): Promise<FitOnDevice> {
  const hardware = await loadHardware(flags.hardware!)
  const devices = flags.tp * flags.pp * flags.dp
  const { runtimeBytes, logitBytes } = findEngine('vllm').memory
  const room = roomBytes(
    {
      memory,
      hardware,
      runtimeBytes: devices > 1 ? runtimeBytes.parallel : runtimeBytes.alone,
      logitBytes,
    },
    { memoryUtilization: MEMORY_UTILIZATION, batchTokens: BATCH_TOKENS, sequences: SAMPLED },
  )
  const { maxPositions } = model
  const contextTokens =
    flags.contextLength ?? Math.min(USUAL_CONTEXT, maxPositions ?? USUAL_CONTEXT)
  const fit = fitSequences(memory, { roomBytes: room, contextTokens, maxPositions })
  return { hardware: hardware.name, devices, roomBytes: room, contextTokens, ...fit }
}
