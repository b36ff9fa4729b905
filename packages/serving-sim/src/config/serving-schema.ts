// A serving configuration: which engine, which workload, and how the deployment is set up.
import { z } from 'zod'
import { ADMISSION_POLICIES } from '../simulators/flowsim/cluster/admission.js'
import { ROUTING_POLICIES, ROUTING_SCORERS } from '../simulators/flowsim/cluster/routing.js'
import { SCHEDULER_POLICIES } from '../simulators/flowsim/schedulers/index.js'
import { workloadSchema } from './workload-schema.js'

const count = z.int().nonnegative()
const positive = z.int().positive()
const share = z.number().min(0).max(1)

/** inference-sim's description of a device: one of its names, or figures. */
const inferenceSimHardware = z.union([
  z.string(),
  z.strictObject({
    TFlopsPeak: z.number().positive(),
    TFlopsFP8: z.number().nonnegative().default(0),
    BwPeakTBs: z.number().positive(),
    mfuPrefill: z.number().positive(),
    mfuDecode: z.number().positive(),
    MemoryGiB: z.number().positive().default(80),
  }),
])

/** Vidur's description of a model: one of its names, or sizes. */
const vidurModel = z.union([
  z.string(),
  z.strictObject({
    layers: positive,
    queryHeads: positive,
    kvHeads: positive,
    hidden: positive,
    mlpHidden: positive,
    vocabulary: positive,
    gatedMlp: z.boolean().default(true),
    postAttentionNorm: z.boolean().default(true),
  }),
])

const vidurProfiles = {
  mlp: z.string(),
  attention: z.string(),
  allReduce: z.string().optional(),
  sendReceive: z.string().optional(),
  cpuOverhead: z.string().optional(),
  regressor: z.enum(['monotone', 'random_forest']).optional(),
}

/** Kinds of layers that checkpoints quantise together. */
const WEIGHT_PARTS = ['attention', 'mlp', 'shared', 'experts', 'head'] as const

/** The section `stepTime`: how long a step takes on the device. */
export const stepTimeSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('model'),
    /** Name in the catalogue of models, or path of a `config.json`. */
    model: z.string(),
    /** Name in the catalogue of devices, or path of a description. */
    hardware: z.string(),
    latencyModel: z.string().optional(),
    /**
     * How weights are stored and multiplied: bf16, fp8, fp8_block, fp4, …, for all linear layers or for
     * each kind of them. Left out, as in the checkpoint.
     */
    precision: z.union([z.string(), z.partialRecord(z.enum(WEIGHT_PARTS), z.string())]).optional(),
    kvPrecision: z.string().optional(),
    tensorParallel: positive.optional(),
    pipelineParallel: positive.optional(),
    contextParallel: positive.optional(),
    expertParallel: positive.optional(),
    /** Replicas of the attention, each with a batch of its own, that share the experts. */
    dataParallel: positive.optional(),
    /** Devices that divide the width of an expert; what is left of the stage if absent. */
    moeTensorParallel: positive.optional(),
    /** Engine whose choice of kernels holds. Default vllm. */
    kernels: z.enum(['vllm', 'sglang', 'trtllm']).optional(),
    /** Microseconds in which the host launches an operation outside of CUDA graphs. */
    hostOpUs: z.number().nonnegative().optional(),
    /** Load of the experts: balanced, or power_law_1.2. */
    expertLoad: z.string().optional(),
    /** Devices that the fast links join, where they are more than a board has: 72 in an NVL72. */
    devicesPerNode: positive.optional(),
  }),
  z.strictObject({
    type: z.literal('linear'),
    perStepUs: z.number().nonnegative(),
    perPrefillTokenUs: z.number().nonnegative().default(0),
    perDecodeUs: z.number().nonnegative().default(0),
    perContextTokenUs: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    type: z.enum(['inference-sim-roofline', 'inference-sim-physics']),
    modelConfig: z.string(),
    hardware: inferenceSimHardware,
    tensorParallel: positive.default(1),
    dataParallel: positive.default(1),
    moeCommBackend: z.string().optional(),
    beta: z.array(z.number()).optional(),
  }),
  z.strictObject({
    type: z.literal('vidur-profile'),
    model: vidurModel,
    tensorParallel: positive.default(1),
    pipelineStages: positive.default(1),
    devicesPerNode: positive.optional(),
    ...vidurProfiles,
  }),
  z.strictObject({
    type: z.literal('vidur-closed-form'),
    model: vidurModel,
    tensorParallel: positive.default(1),
    pipelineStages: positive.default(1),
  }),
])

const schedulerSchema = z.strictObject({
  policy: z.enum(SCHEDULER_POLICIES).optional(),
  maxNumSeqs: positive.optional(),
  maxNumBatchedTokens: positive.optional(),
  longPrefillTokenThreshold: count.optional(),
  maxModelLen: count.optional(),
  order: z.enum(['fcfs', 'priority', 'shortest-prompt']).optional(),
  preemption: z.enum(['recompute', 'swap']).optional(),
  watermark: share.optional(),
  maxWaitingSteps: count.optional(),
})

const kvSchema = z.strictObject({
  /** Blocks; left out, what fits beside the weights. */
  blocks: positive.optional(),
  blockSize: positive.optional(),
  /** Share of device memory that weights, activations and KV may take. */
  memoryUtilization: share.optional(),
  prefixCaching: z.boolean().optional(),
  bytesPerToken: z.number().nonnegative().optional(),
  swapBlocks: count.optional(),
  offloadBlocks: count.optional(),
  hostBandwidthGBps: z.number().positive().optional(),
  hostLatencyUs: z.number().nonnegative().optional(),
})

const cpuOverheadSchema = z.strictObject({
  perStepUs: z.number().nonnegative().optional(),
  perSequenceUs: z.number().nonnegative().optional(),
  overlapped: z.boolean().optional(),
})

const deployment = {
  stepTime: stepTimeSchema.optional(),
  scheduler: schedulerSchema.optional(),
  kv: kvSchema.optional(),
  cpuOverhead: cpuOverheadSchema.optional(),
  pipelineStages: positive.optional(),
}

const instanceSchema = z.strictObject({
  name: z.string().optional(),
  count: positive.default(1),
  role: z.enum(['both', 'prefill', 'decode']).default('both'),
  ...deployment,
})

const sloSchema = z.record(
  z.string(),
  z.strictObject({
    ttftMs: z.number().positive().optional(),
    tpotMs: z.number().positive().optional(),
    e2eMs: z.number().positive().optional(),
  }),
)

const common = {
  name: z.string().optional(),
  seed: count.default(42),
  /** Simulated time after which nothing happens any more. */
  horizonS: z.number().positive().optional(),
  workload: workloadSchema.optional(),
  slo: sloSchema.optional(),
}

const scorerNames = Object.keys(ROUTING_SCORERS) as (keyof typeof ROUTING_SCORERS)[]

const flowsim = z.strictObject({
  engine: z.literal('flowsim'),
  ...common,
  ...deployment,
  instances: z.array(instanceSchema).min(1).optional(),
  routing: z
    .strictObject({
      policy: z.enum(ROUTING_POLICIES).default('round-robin'),
      scorers: z.partialRecord(z.enum(scorerNames), z.number().nonnegative()).optional(),
    })
    .optional(),
  admission: z
    .strictObject({
      policy: z.enum(ADMISSION_POLICIES).default('always'),
      burstTokens: z.number().positive().default(10_000),
      tokensPerS: z.number().nonnegative().default(1000),
      maxQueue: positive.default(5),
      maxKvUse: share.default(0.8),
      shedPriority: z.int().default(1),
    })
    .optional(),
  transfer: z
    .strictObject({
      bandwidthGBps: z.number().positive().optional(),
      latencyUs: z.number().nonnegative().optional(),
    })
    .optional(),
  autoscaling: z
    .strictObject({
      min: positive.default(1),
      max: positive,
      intervalS: z.number().positive().default(10),
      startupS: z.number().nonnegative().default(60),
      upKvUse: share.default(0.8),
      upQueue: count.default(4),
      downKvUse: share.default(0.4),
      downStabilisationS: z.number().nonnegative().default(120),
    })
    .optional(),
  requestOverheadMs: z.number().nonnegative().optional(),
  tokenOverheadMs: z.number().nonnegative().optional(),
  timeoutS: z.number().positive().optional(),
  priorities: z.record(z.string(), z.int()).optional(),
})

const inferenceSim2025 = z.strictObject({
  engine: z.literal('inference-sim-2025'),
  ...common,
  inferenceSim2025: z
    .strictObject({
      maxNumRunningReqs: positive.default(35),
      totalKvBlocks: positive.default(8_000_000),
      maxNumScheduledTokens: positive.default(8192),
      blockSizeInTokens: positive.default(16),
      longPrefillTokenThreshold: count.default(0),
      regressionCoeffs: z.tuple([z.number(), z.number(), z.number()]),
      queuingCoeffs: z.tuple([z.number(), z.number()]).default([1, 2]),
      finishedCoeffs: z.tuple([z.number(), z.number()]).default([1, 2]),
      numReplicas: positive.default(1),
    })
    .optional(),
})

const inferenceSim = z.strictObject({
  engine: z.literal('inference-sim'),
  ...common,
  inferenceSim: z.strictObject({
    modelConfig: z.string(),
    hardware: inferenceSimHardware,
    latencyModel: z.enum(['roofline', 'trained-physics']).default('trained-physics'),
    tensorParallel: positive.default(1),
    dataParallel: positive.default(1),
    moeCommBackend: z.string().optional(),
    alpha: z.tuple([z.number(), z.number(), z.number()]).optional(),
    beta: z.array(z.number()).optional(),
    /** Blocks; left out, by inference-sim's rules from the memory of the device. */
    totalKvBlocks: positive.optional(),
    gpuMemoryUtilization: share.default(0.9),
    blockSize: positive.default(16),
    maxNumSeqs: positive.default(256),
    maxNumBatchedTokens: positive.default(2048),
    longPrefillTokenThreshold: count.default(0),
    maxModelLen: count.default(0),
    scheduler: z.enum(['fcfs', 'priority-fcfs', 'sjf', 'reverse-priority']).default('fcfs'),
    preemptionPolicy: z.enum(['fcfs', 'priority']).default('fcfs'),
    numInstances: positive.default(1),
    routingPolicy: z.enum(['round-robin', 'least-loaded']).default('round-robin'),
  }),
})

const vidur = z.strictObject({
  engine: z.literal('vidur'),
  ...common,
  vidur: z.strictObject({
    model: vidurModel,
    device: z.string().default('a100'),
    deviceMemoryGiB: z.number().positive().optional(),
    networkDevice: z.string().optional(),
    memoryMarginFraction: share.default(0.1),
    tensorParallel: positive.default(1),
    pipelineStages: positive.default(1),
    replicas: positive.default(1),
    globalScheduler: z.enum(['round_robin', 'random', 'lor']).default('round_robin'),
    maxTokens: positive.default(4096),
    scheduler: z.strictObject({
      type: z.enum(['vllm', 'sarathi', 'orca', 'lightllm', 'faster_transformer']),
      batchSizeCap: positive.optional(),
      blockSize: positive.optional(),
      watermarkBlocksFraction: share.optional(),
      numBlocks: positive.optional(),
      maxTokensInBatch: positive.optional(),
      chunkSize: positive.optional(),
      maxWaitingIters: count.optional(),
    }),
    predictor: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('closed-form') }),
      z.strictObject({ type: z.literal('profile'), ...vidurProfiles }),
    ]),
  }),
})

const reallm = z.strictObject({
  engine: z.literal('reallm'),
  ...common,
  reallm: z.strictObject({
    /** Model of the catalogue whose kernels are counted, such as llama-3.1-70b. */
    model: z.string(),
    devices: positive.default(8),
    /** `ep#_tp#_pp#_cp#`, any of them. */
    parallelism: z.string().default('tp8'),
    scheduler: z.enum(['baseline', 'continuous', 'mixed-sarathi']).default('mixed-sarathi'),
    prefillChunk: positive.default(2048),
    endRequests: positive.optional(),
    ioAlgorithm: z.enum(['', 'ring', '2d_ring', 'multishot']).default('multishot'),
    ioNode: z.enum(['H100', 'A100']).default('H100'),
    method: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('roofline'),
        device: z.enum(['GA100', 'GH100']).default('GA100'),
      }),
      z.strictObject({
        type: z.literal('library'),
        matmul: z.string(),
        softmax: z.string(),
        layernorm: z.string(),
        mul: z.string(),
        silu: z.string(),
      }),
    ]),
  }),
})

/** A serving configuration. Without `engine` it is our own. */
export const servingSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !('engine' in value)
      ? { engine: 'flowsim', ...value }
      : value,
  z.discriminatedUnion('engine', [flowsim, inferenceSim2025, inferenceSim, vidur, reallm]),
)

export type ServingConfig = z.infer<typeof servingSchema>
export type FlowsimConfig = z.infer<typeof flowsim>
export type InstanceConfig = z.infer<typeof instanceSchema>
export type StepTimeConfig = z.infer<typeof stepTimeSchema>
export type ModelStepTime = Extract<StepTimeConfig, { type: 'model' }>
