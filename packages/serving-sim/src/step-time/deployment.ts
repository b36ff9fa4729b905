// What a simulator knows of a model on its devices: how long a step takes, and what fits.
import type { StepTimeModel } from '@flowsim/trace-schema'
import { type EngineRules, PLAIN_ENGINE } from './engine-rules.js'

/** A section `stepTime`; which fields it has is the matter of its kind. */
export interface StepTimeConfig {
  type: string
  [field: string]: unknown
}

/** A model on its devices. */
export interface Deployment {
  stepTime: StepTimeModel
  /** Devices of one instance. */
  devices: number
  /** Replicas of the attention in it, each with a scheduler's limits of its own. */
  replicas: number
  /** Batches that its devices work on at once. */
  pipelineStages: number
  /** How its engine runs steps and admits requests. */
  engine: EngineRules
  /**
   * KV blocks that fit beside the weights; 0: it does not know.
   * @param batchTokens most new tokens of a step of one replica
   * @param sequences most sequences of one replica
   */
  kvBlocks(
    blockSize: number,
    memoryUtilization: number,
    batchTokens: number,
    sequences: number,
  ): number
  /** KV bytes of a token, on one device. */
  kvBytesPerToken: number
  /** Most tokens of a request; null: unknown. */
  maxModelLen: number | null
  /** How weights are stored, and over how many devices a layer is divided; null: it does not say. */
  precision: string | null
  tensorParallel: number | null
  /** Whether step times hold what the host adds to a step. */
  includesHost: boolean
  /** Figures that the step times rest on and no configuration gave, for the output of the run. */
  assumptions: readonly Assumption[]
}

/** A figure that enters a result without being in its configuration. */
export interface Assumption {
  /** Such as `hostOpUs`. */
  name: string
  value: number | string | boolean | null
  /** Where it is from: a document, a fit, a rule of the simulator. */
  source: string
}

/** A deployment that knows its step time, and nothing of memory. */
export function bareDeployment(
  stepTime: StepTimeModel,
  known: Partial<Deployment> = {},
): Deployment {
  return {
    stepTime,
    devices: 1,
    replicas: 1,
    pipelineStages: 1,
    engine: PLAIN_ENGINE,
    kvBlocks: () => 0,
    kvBytesPerToken: 0,
    maxModelLen: null,
    precision: null,
    tensorParallel: null,
    includesHost: false,
    assumptions: [],
    ...known,
  }
}
