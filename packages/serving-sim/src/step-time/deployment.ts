// What a simulator knows of a model on its devices: how long a step takes, and what fits.
import type { StepBatch, StepTimeModel } from '@flowsim/trace-schema'
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
  /** Replicas of the attention in it, each with its own scheduler's limits. */
  replicas: number
  /** Batches that its devices work on at once. */
  pipelineStages: number
  /** How its engine runs steps and admits requests. */
  engine: EngineRules
  /** What sequences take of the devices' memory; null: it does not know. */
  memory: KvMemory | null
  /** What its model can draft tokens with by itself; null: it knows nothing of layers. */
  drafters: OwnDrafters | null
  /** What LoRA adapters take on its devices; null: it knows nothing of layers. */
  adapters: ((spec: AdapterSpec) => AdapterCost) | null
  /** What encodes images; `none`: its model takes no images, null: it knows nothing of layers. */
  vision: VisionEncoder | 'none' | null
  /** Which devices they are; null: it does not know. */
  device: DeviceFacts | null
  /** Most tokens of a request; null: unknown. */
  maxModelLen: number | null
  /** How weights are stored, and over how many devices a layer is divided; null: it does not say. */
  precision: string | null
  tensorParallel: number | null
  /** Bytes per second that the adapters of one device send or receive; null: unknown. */
  adapterBytesPerS: number | null
  /** Whether step times hold what the host adds to a step. */
  includesHost: boolean
  /** Figures that the step times rest on and no configuration gave, for the output of the run. */
  assumptions: readonly Assumption[]
  /** What a run must say of the times that its steps took, once they were asked for. */
  warnings?: () => readonly string[]
}

/** Which device it is, and what a step asks of it. */
export interface DeviceFacts {
  /** Name in the catalogue, or that of a description. */
  hardware: string
  /** Most that it takes; null: not described. */
  powerW: number | null
  /** The work of a step on one of the devices; null: not known. */
  work: ((batch: StepBatch) => DeviceWork) | null
}

/** Arithmetic and memory traffic, as nanoseconds at the listed peaks of a device. */
export interface DeviceWork {
  computeNs: number
  memoryNs: number
}

/** What drafts tokens on the same devices. */
export interface Drafter {
  /** Time of a draft pass. */
  stepTime: StepTimeModel
  /** What it takes of the devices' memory; null: unknown. */
  memory: Pick<KvMemory, 'weightBytes' | 'sequenceBytes' | 'stateBytes'> | null
}

/** What a model can draft tokens with by itself. */
export interface OwnDrafters {
  /** One further layer, with the embedding and the head of the model (EAGLE). */
  layer(): Drafter
  /** Heads beside that of the model, each for one position further (Medusa). */
  heads(count: number): Drafter
  /** Layers of multi-token prediction; null: the model has none. */
  predictor: { depth: number; drafter(): Drafter } | null
}

/** A LoRA adapter: its rank, and the linear layers that it changes. */
export interface AdapterSpec {
  rank: number
  modules: readonly ('attention' | 'mlp')[]
}

/** What adapters take. */
export interface AdapterCost {
  /** Of one adapter on one device. */
  bytes: number
  /** Time that so many tokens of so many different adapters add to a step. */
  stepNs(tokens: number, adapters: number): number
}

/** The vision tower of a model on the same devices. */
export interface VisionEncoder {
  /** Tokens of the language model that an image of so many pixels is; null: the model's rule is not known. */
  tokensOf(size: { width: number; height: number }): number | null
  /** Nanoseconds in which images of so many tokens are encoded together; null: it knows no time. */
  encodeNs: ((tokens: readonly number[]) => number) | null
  /** Bytes that the language model gets for each token of an image. */
  tokenBytes: number
}

/** What sequences keep on one device, and the room for it. */
export interface KvMemory {
  /** Bytes of the weights. */
  weightBytes: number
  /** Bytes of one sequence: keys and values, of layers with a window those in it, and its states. */
  sequenceBytes(tokens: number): number
  /** Bytes of the states of one sequence, which do not grow: those of linear attention; 0: none. */
  stateBytes: number
  /**
   * Bytes for the sequences of one replica, beside weights and what a step needs.
   * @throws ServingError `model_does_not_fit` if there are none
   */
  roomBytes(room: KvRoom): number
}

/** What the room for sequences depends on. */
export interface KvRoom {
  /** Share of the memory that weights, activations and sequences may take. */
  memoryUtilization: number
  /** Most new tokens of a step of one replica. */
  batchTokens: number
  /** Most sequences of one replica. */
  sequences: number
}

/** A figure that enters a result without being in its configuration. */
export interface Assumption {
  /** Such as `hostOpUs`. */
  name: string
  value: number | string | boolean | null
  /** Where it is from: a document, a fit, a rule of the simulator. */
  source: string
  /** Path of the field of a configuration that states it instead, where there is one. */
  setting?: string
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
    memory: null,
    drafters: null,
    adapters: null,
    vision: null,
    device: null,
    maxModelLen: null,
    precision: null,
    tensorParallel: null,
    adapterBytesPerS: null,
    includesHost: false,
    assumptions: [],
    ...known,
  }
}
