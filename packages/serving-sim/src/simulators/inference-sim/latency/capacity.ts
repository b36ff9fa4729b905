// How many KV blocks inference-sim gives a deployment.
//
//   per token and device  L · 2 · headDim · kvHeads · bytes / tp; MLA: L · (rank + rope) · bytes
//   weights  embedding, attention and norms, three matrices of each feed-forward network, router, head
//   overhead GiB  weights + activations (5.5 dense, 8 with experts) + 0.15, or 0.6 · tp for tp > 1
//   blocks = trunc((memory · utilisation · tp − overhead) · 2^30) / trunc(block bytes), · dp with experts
//
// The memory is that of all devices and a block's bytes those of one, so there are tp times too many blocks
// (its issue 1846, mended after this version). Source: inference-sim f90a1e3a.
import { ServingError, type SourcePlace } from '../../../errors.js'
import { type InferenceSimHardware, type InferenceSimModel, layerSplit } from './model.js'

/** What capacity depends on besides the model's compute. */
export interface InferenceSimCapacityOptions {
  tensorParallel: number
  dataParallel: number
  gpuMemoryUtilization: number
  blockSize: number
}

type Json = Record<string, unknown>

/** Feed-forward networks of three matrices, which the formula is of. */
const GATED = ['silu', 'swiglu', 'geglu', 'situ', '']

/**
 * KV blocks of a deployment.
 * @param source the `config.json` that `model` was read from
 * @param place of the deployment, for errors
 * @throws ServingError `model_does_not_fit` if no block is left, `impossible_parallelism` if the KV heads do
 *   not divide, `invalid_config` for a model that the formula is not of
 */
export function inferenceSimKvBlocks(
  source: Json,
  model: InferenceSimModel,
  hardware: InferenceSimHardware,
  options: InferenceSimCapacityOptions,
  place: SourcePlace = {},
): number {
  const config: Json = { ...source, ...(source.text_config as Json | undefined) }
  const number = (name: string) => {
    const value = config[name]
    return typeof value === 'number' && value > 0 ? value : 0
  }
  const { layers, hidden, heads, kvHeads, bytesPerParameter: bytes, weightBytes } = model
  const { tensorParallel, dataParallel, gpuMemoryUtilization, blockSize } = options
  const headDim = number('head_dim') || hidden / heads
  const rank = number('kv_lora_rank')
  if (rank === 0 && kvHeads >= tensorParallel && kvHeads % tensorParallel !== 0) {
    throw new ServingError(
      'impossible_parallelism',
      `${kvHeads} KV heads do not divide over ${tensorParallel} tensor-parallel devices`,
      place,
    )
  }
  const activation = typeof config.hidden_act === 'string' ? config.hidden_act : ''
  if (!GATED.includes(activation)) {
    throw new ServingError(
      'invalid_config',
      `the KV capacity of a model with hidden_act ${activation} is not known here; state totalKvBlocks`,
      place,
    )
  }
  const tokenBytes =
    rank > 0
      ? layers * (rank + number('qk_rope_head_dim')) * bytes
      : (layers * 2 * headDim * kvHeads * bytes) / tensorParallel
  const blockBytes = Math.trunc(tokenBytes * blockSize)

  const width = model.intermediate || 4 * hidden
  const kvWidth = kvHeads * (hidden / heads)
  const attention = hidden * (2 * hidden + 2 * kvWidth)
  const split = layerSplit(model)
  const prefix = split.moe > 0 ? Math.min(split.moe, number('first_k_dense_replace')) : 0
  const expertLayers = split.moe - prefix
  const denseLayers = split.dense + prefix
  const expertWidth = model.expertIntermediate || width
  const denseWidth = split.moe > 0 ? model.denseIntermediate || width : width
  const vocabulary = number('vocab_size')
  const parameters =
    vocabulary * hidden +
    layers * (attention + 2 * hidden) +
    expertLayers *
      (3 * hidden * expertWidth * model.experts +
        3 * hidden * model.sharedIntermediate +
        model.experts * hidden) +
    denseLayers * 3 * hidden * denseWidth +
    (config.tie_word_embeddings === true ? 0 : vocabulary * hidden) +
    hidden
  const weightsGiB = (parameters * weightBytes) / 2 ** 30
  const activationGiB = split.moe > 0 ? 8 : 5.5
  const otherGiB = tensorParallel > 1 ? 0.6 * tensorParallel : 0.15
  const freeGiB =
    hardware.MemoryGiB * gpuMemoryUtilization * tensorParallel -
    (weightsGiB + activationGiB + otherGiB)
  const blocks = Math.floor(Math.trunc(freeGiB * 2 ** 30) / blockBytes)
  if (blocks < 1) {
    throw new ServingError(
      'model_does_not_fit',
      `weights of ${weightsGiB.toFixed(1)} GiB leave no room for a KV cache on ${tensorParallel} ` +
        `devices of ${hardware.MemoryGiB} GiB; use more devices`,
      place,
    )
  }
  return blocks * (split.moe > 0 ? dataParallel : 1)
}
