// Settings of FlowSim's simulator, resolved: step times are functions here, not names.
import type { StepTimeModel } from '@flowsim/trace-schema'
import type { DeviceFacts } from '../../step-time/deployment.js'
import type { EngineRules, Frontend } from '../../step-time/engine-rules.js'
import type { AdapterOptions } from './adapters/options.js'
import type { AdmissionOptions } from './cluster/admission.js'
import type { AutoscalingOptions } from './cluster/autoscaler.js'
import type { TransferOptions } from './cluster/kv-links.js'
import type { RoutingOptions } from './cluster/router.js'
import type { GrammarOptions } from './grammars/options.js'
import type { EncodeInstanceOptions } from './images/encode-instance.js'
import type { EncoderOptions } from './images/options.js'
import type { QueueOrder } from './instance/waiting-queue.js'
import type { KvLayout } from './kv/kv-layout.js'
import type { TierOptions } from './kv/tiers/options.js'
import type { OutageOptions } from './outages/options.js'
import type { SchedulerPolicy } from './schedulers/index.js'
import type { SpeculationOptions } from './speculation/options.js'

/** How batches are formed. */
export interface SchedulerOptions {
  policy: SchedulerPolicy
  /** Most requests that run at once. */
  maxNumSeqs: number
  /** Most new tokens of a step. */
  maxNumBatchedTokens: number
  /** Prompts longer than this are prefilled in chunks of it; 0: no. */
  longPrefillTokenThreshold: number
  /** Most tokens of prompt and output together; 0: unlimited. */
  maxModelLen: number
  order: QueueOrder
  /** What happens to a request that loses its blocks: computed again, or copied to the host. */
  preemption: 'recompute' | 'swap'
  /** Share of blocks that an admission must leave free while others run. */
  watermark: number
  /**
   * Steps for which prompts wait until each replica of the attention has one, while others decode; 0: they do not.
   */
  balanceSteps: number
  /** `lightllm`, `sglang`: steps of decoding between two attempts to prefill. */
  maxWaitingSteps: number
  /** What a request that starts gets blocks for: what it needs then, its prompt, or its whole output. */
  reservation: EngineRules['reservation']
  /**
   * Whether a step is scheduled when the one before starts: what arrives, or gives blocks back, while that one
   * runs counts one step later.
   */
  asyncScheduling: boolean
}

/** Sizes of steps that run as CUDA graphs. */
export type GraphOptions = Pick<EngineRules, 'decodeGraphs' | 'prefillGraphs' | 'padsToGraph'>

/** What the host adds to a step. */
export interface CpuOverhead {
  perStepNs: number
  perSequenceNs: number
  /** Whether the host prepares a step while the device runs the one before. */
  overlapped: boolean
}

/** KV cache of an instance. */
export interface InstanceKv extends KvLayout {
  /** Of all replicas together. */
  blocks: number
  /** Replicas that hold an equal share of the blocks each; a sequence is in one of them. */
  replicas: number
  prefixCaching: boolean
  /** Prefix hits end at multiples of so many tokens, where states were kept; 0: at any block. */
  snapshotTokens: number
  /** Blocks of the host that swapped requests take; 0: none. */
  swapBlocks: number
  /** Where prefixes are kept beside the devices, the nearest first. */
  tiers: readonly TierOptions[]
  /** Between device and host. */
  hostBandwidthBytesPerS: number
  hostLatencyNs: number
}

/** One instance: a model on its devices with its own engine. */
export interface InstanceOptions {
  name: string
  /** Which phase it serves; `both` outside of disaggregation. */
  role: 'both' | 'prefill' | 'decode'
  /** Requests of this model come here, and no others; default: all requests. */
  serves?: string | undefined
  stepTime: StepTimeModel
  /** Devices that it takes. */
  devices: number
  /** Which they are; null: not known. */
  device: DeviceFacts | null
  scheduler: SchedulerOptions
  kv: InstanceKv
  cpuOverhead: CpuOverhead
  graphs: GraphOptions
  /** Null: every step generates one token of a sequence. */
  speculation: SpeculationOptions | null
  /** Default null: requests with adapters run as if they had none. */
  adapters?: AdapterOptions | null
  /** Default null: it never fails. */
  outages?: OutageOptions | null
  /** Default null: structured output takes nothing. */
  grammars?: GrammarOptions | null
  /** Default null: images take no time beside that of their tokens. */
  encoder?: EncoderOptions | null
  /** Batches that are in the pipeline at once. */
  pipelineStages: number
}

/** Scaling of each pool; without roles the first one holds. Null: a pool has all its instances, always. */
export type PoolScaling = Record<'prefill' | 'decode', AutoscalingOptions | null>

/** A whole simulation. */
export interface FlowsimOptions {
  instances: InstanceOptions[]
  /** Instances that only encode images; default none. */
  encoders?: EncodeInstanceOptions[]
  routing: RoutingOptions
  admission: AdmissionOptions
  transfer: TransferOptions
  autoscaling: PoolScaling
  /** Of each instance. */
  frontend: Frontend
  /** From a generated token until the client has it. */
  tokenOverheadNs: number
  /** After which clients give up; Infinity: never. */
  timeoutNs: number
  /** After which nothing happens any more; Infinity: when all is done. */
  horizonNs: number
  seed: number
  /** Whether to keep every batch. */
  recordBatches: boolean
  /** Priorities of service classes; lower is more urgent. */
  priorities: Readonly<Record<string, number>>
}
