// How many requests fit, by Vidur's rules: weights of the attention and MLP matrices in 16 bits (no
// embeddings), and for each request the KV of `maxTokens` in ALL layers, also where a pipeline stage
// holds only some of them (a known fault of Vidur; FlowSim's counts the layers of the stage).
import { ServingError } from '../../errors.js'
import type { VidurModel } from './catalogue.js'

export interface MemoryPlan {
  /** Requests of `maxTokens` that fit beside the weights. */
  maxBatchSize: number
  /** KV blocks, enough for those requests in each stage. */
  numBlocks: number
}

/** @throws ServingError `model_does_not_fit` if not even one request fits */
export function planMemory(
  model: VidurModel,
  parallelism: { tensorParallel: number; pipelineStages: number },
  memory: { deviceGiB: number; marginFraction: number },
  tokens: { maxTokens: number; blockSize: number },
): MemoryPlan {
  const { tensorParallel, pipelineStages } = parallelism
  const headDim = Math.floor(model.hidden / model.queryHeads)
  const queryHeads = Math.floor(model.queryHeads / tensorParallel)
  const kvHeads = Math.ceil(model.kvHeads / tensorParallel)
  const mlpHidden = Math.floor(model.mlpHidden / tensorParallel)
  const perLayer =
    model.hidden * headDim * (queryHeads + 2 * kvHeads) +
    model.hidden * headDim * queryHeads +
    (model.gatedMlp ? 3 : 2) * model.hidden * mlpHidden
  const weightBytes = 2 * perLayer * Math.floor(model.layers / pipelineStages)
  const kvBytes = 2 * 2 * headDim * kvHeads * tokens.maxTokens * model.layers
  const availableBytes = memory.deviceGiB * 1024 ** 3 * (1 - memory.marginFraction)
  const maxBatchSize = Math.floor((availableBytes - weightBytes) / kvBytes)
  if (maxBatchSize < 1) {
    throw new ServingError(
      'model_does_not_fit',
      `weights take ${toGiB(weightBytes)} of ${toGiB(availableBytes)} GiB and a request of ` +
        `${tokens.maxTokens} tokens ${toGiB(kvBytes)}; use more devices or fewer tokens`,
    )
  }
  return {
    maxBatchSize,
    numBlocks: Math.floor(tokens.maxTokens / tokens.blockSize) * maxBatchSize * pipelineStages,
  }
}

const toGiB = (bytes: number) => (bytes / 1024 ** 3).toFixed(1)
