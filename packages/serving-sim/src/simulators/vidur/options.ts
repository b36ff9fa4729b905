// What a run of Vidur is told, and the limits that follow from it.
import { ServingError } from '../../errors.js'
import type { VidurModel } from './catalogue.js'
import { planMemory } from './memory-planner.js'
import type { StageTime } from './predictor.js'
import type { ReplicaLimits, VidurSchedulerOptions } from './schedulers/replica.js'

export interface VidurOptions {
  model: VidurModel
  scheduler: VidurSchedulerOptions
  stageTime: StageTime
  /** Memory of a device in GiB. */
  deviceMemoryGiB: number
  /** Share of it that stays free. Default 0.1. */
  memoryMarginFraction?: number
  /** Default 1. */
  tensorParallel?: number
  /** Default 1. */
  pipelineStages?: number
  /** Default 1. */
  numReplicas?: number
  /** Default `round_robin`. `lor`: fewest queued requests. */
  globalScheduler?: 'round_robin' | 'random' | 'lor'
  /** Seed of `random`. Default 42. */
  seed?: number
  /** Most tokens of a request. Default 4096. */
  maxTokens?: number
  /** Seconds after which the run stops; 0 (default): never. */
  timeLimitS?: number
}

/** @throws ServingError `impossible_parallelism`, `model_does_not_fit` */
export function resolveLimits(options: VidurOptions): ReplicaLimits {
  const pipelineStages = options.pipelineStages ?? 1
  const { scheduler, model } = options
  const tensorParallel = options.tensorParallel ?? 1
  if (model.queryHeads % tensorParallel !== 0 || model.layers % pipelineStages !== 0) {
    throw new ServingError(
      'impossible_parallelism',
      `${model.queryHeads} heads over ${tensorParallel} tensor-parallel devices and ` +
        `${model.layers} layers over ${pipelineStages} stages must both divide`,
    )
  }
  const maxTokens = options.maxTokens ?? 4096
  const blockSize = scheduler.blockSize ?? 16
  const plan = planMemory(
    model,
    { tensorParallel, pipelineStages },
    { deviceGiB: options.deviceMemoryGiB, marginFraction: options.memoryMarginFraction ?? 0.1 },
    { maxTokens, blockSize },
  )
  return {
    batchSizeCap: scheduler.batchSizeCap ?? 128,
    blockSize,
    watermarkBlocksFraction: scheduler.watermarkBlocksFraction ?? 0.01,
    numBlocks: scheduler.numBlocks ?? plan.numBlocks,
    maxTokensInBatch: scheduler.maxTokensInBatch ?? 4096,
    chunkSize: scheduler.chunkSize ?? 512,
    maxWaitingIters: scheduler.maxWaitingIters ?? 10,
    maxBatchSize: plan.maxBatchSize,
    maxTokens,
    pipelineStages,
  }
}
