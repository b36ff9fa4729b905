// Step-time models by the name in a configuration.

import type { StepTimeModel } from '@flowsim/trace-schema'
import { type Defined, defined, type ReadText } from '../config/build-workload.js'
import type { ModelStepTime, StepTimeConfig } from '../config/serving-schema.js'
import { ServingError, type SourcePlace } from '../errors.js'
import { VIDUR_MODELS, type VidurModel } from '../simulators/vidur/catalogue.js'
import { CLOSED_FORM_OPERATORS, vidurStepTime } from '../simulators/vidur/predictor.js'
import { type VidurProfiles, vidurOperators } from '../simulators/vidur/profile-tables.js'
import { INFERENCE_SIM_HARDWARE } from './inference-sim-hardware.js'
import { type InferenceSimHardware, inferenceSimModel } from './inference-sim-model.js'
import { inferenceSimPhysics } from './inference-sim-physics.js'
import { inferenceSimRoofline } from './inference-sim-roofline.js'

/** A model on its devices: what a deployment of it needs to know. */
export interface Deployment {
  stepTime: StepTimeModel
  /** Devices of one instance. */
  devices: number
  /** Replicas of the attention in it, each with a scheduler's limits of its own. */
  replicas: number
  /** Batches that its devices work on at once. */
  pipelineStages: number
  /** Milliseconds from the arrival of a request until the scheduler sees it, unless stated. */
  requestOverheadMs: number
  /**
   * KV blocks that fit beside the weights.
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
}

/** Where a field of the section `stepTime` stands; without a field, the section. */
export type PlaceOf = (field?: string) => SourcePlace

/** Makes a deployment of a model of the catalogue; it is another package that knows how. */
export type ResolveModel = (config: ModelStepTime, at: PlaceOf) => Deployment

/** What step times are made with. */
export interface StepTimeContext {
  readText: ReadText
  resolveModel: ResolveModel | null
  blockSize: number
  at: PlaceOf
}

/** @throws ServingError if the model, the device or a profile is unknown */
export function createDeployment(config: StepTimeConfig, context: StepTimeContext): Deployment {
  const place = context.at()
  switch (config.type) {
    case 'model':
      if (context.resolveModel === null) {
        throw new ServingError(
          'unsupported',
          'stepTime of type model needs a catalogue of models; give linear or another type here',
          place,
        )
      }
      return context.resolveModel(config, context.at)
    case 'linear': {
      const { perStepUs, perPrefillTokenUs, perDecodeUs, perContextTokenUs } = config
      return bare({
        name: 'linear',
        stepNs: (batch) =>
          1000 *
          (perStepUs +
            perPrefillTokenUs * batch.prefillTokenSum +
            perDecodeUs * batch.decodes +
            perContextTokenUs * batch.decodeContextSum),
      })
    }
    case 'inference-sim-roofline':
    case 'inference-sim-physics': {
      const { modelConfig, tensorParallel, dataParallel, moeCommBackend, beta } = config
      const model = inferenceSimModel(
        parseJson(context.readText(modelConfig), modelConfig),
        modelConfig,
      )
      const hardware = inferenceSimHardware(config.hardware, context.at('hardware'))
      const stepUs =
        config.type === 'inference-sim-roofline'
          ? inferenceSimRoofline(model, hardware, tensorParallel)
          : inferenceSimPhysics(
              model,
              hardware,
              defined({ tensorParallel, dataParallel, moeCommBackend }),
              beta,
            )
      return bare(
        { name: config.type, stepNs: (batch) => stepUs(batch) * 1000 },
        tensorParallel * dataParallel,
      )
    }
    case 'vidur-closed-form': {
      const model = vidurModel(config.model, context.at('model'))
      const { tensorParallel, pipelineStages } = config
      return bare(
        vidurStepTime(model, CLOSED_FORM_OPERATORS, { tensorParallel, pipelineStages }),
        tensorParallel * pipelineStages,
        pipelineStages,
      )
    }
    case 'vidur-profile': {
      const model = vidurModel(config.model, context.at('model'))
      const { tensorParallel, pipelineStages, devicesPerNode, regressor } = config
      const operators = vidurOperators(readProfiles(config, context.readText), model, {
        ...defined({ devicesPerNode, regressor }),
        tensorParallel,
        pipelineStages,
        blockSize: context.blockSize,
      })
      return bare(
        vidurStepTime(model, operators, { tensorParallel, pipelineStages }),
        tensorParallel * pipelineStages,
        pipelineStages,
      )
    }
  }
}

/** A deployment that knows nothing of memory. */
function bare(stepTime: StepTimeModel, devices = 1, pipelineStages = 1): Deployment {
  return {
    stepTime,
    devices,
    replicas: 1,
    pipelineStages,
    requestOverheadMs: 0,
    kvBlocks: () => 0,
    kvBytesPerToken: 0,
    maxModelLen: null,
  }
}

/** A device of inference-sim's table, or one given in figures. */
export function inferenceSimHardware(
  given: string | InferenceSimHardware,
  place: SourcePlace,
): InferenceSimHardware {
  if (typeof given !== 'string') return given
  const known = INFERENCE_SIM_HARDWARE[given]
  if (known !== undefined) return known
  const names = Object.keys(INFERENCE_SIM_HARDWARE).join(', ')
  throw new ServingError(
    'invalid_config',
    `hardware "${given}" is not one of ${names}; give its figures instead`,
    place,
  )
}

/** A model of Vidur's table, or one given in sizes. */
export function vidurModel(given: string | VidurModel, place: SourcePlace): VidurModel {
  if (typeof given !== 'string') return given
  const known = VIDUR_MODELS[given]
  if (known !== undefined) return known
  const names = Object.keys(VIDUR_MODELS).join(', ')
  throw new ServingError(
    'invalid_config',
    `model "${given}" is not one of ${names}; give its sizes instead`,
    place,
  )
}

/** Files of Vidur's profiles. */
interface ProfilePaths {
  mlp: string
  attention: string
  allReduce?: string | undefined
  sendReceive?: string | undefined
  cpuOverhead?: string | undefined
}

/** Reads Vidur's profiles. */
export function readProfiles(paths: ProfilePaths, readText: ReadText): VidurProfiles {
  const read = (file: string | undefined) =>
    file === undefined ? undefined : { file, text: readText(file) }
  return defined({
    mlp: read(paths.mlp)!,
    attention: read(paths.attention)!,
    allReduce: read(paths.allReduce),
    sendReceive: read(paths.sendReceive),
    cpuOverhead: read(paths.cpuOverhead),
  }) as Defined<VidurProfiles>
}

/** @throws ServingError `invalid_config` if a file is not JSON */
export function parseJson(text: string, file: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new ServingError('invalid_config', `not JSON: ${(error as Error).message}`, { file })
  }
}
