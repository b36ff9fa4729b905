// The fields of a configuration of FlowSim's simulator.
import { z } from 'zod'
import {
  count,
  instances,
  intervalS,
  MOST_INSTANCES,
  positive,
  priority,
  stages,
  tokens,
} from '../../config/limits.js'
import type { SchemaKit } from '../simulator.js'
import { loraSchema } from './adapters/schema.js'
import { ADMISSION_POLICIES } from './cluster/admissions/index.js'
import { ROUTING_POLICIES } from './cluster/routers/index.js'
import { SCORER_NAMES } from './cluster/scorers/index.js'
import { structuredOutputSchema } from './grammars/schema.js'
import { encoderSchema } from './images/schema.js'
import { tiersSchema } from './kv/tiers/schema.js'
import { failuresSchema } from './outages/schema.js'
import { SCHEDULER_POLICIES } from './schedulers/index.js'
import { speculationSchema } from './speculation/schema.js'

const share = z.number().min(0).max(1)
/** Times, rates and weights: far more than any deployment has, and still counted in nanoseconds. */
const amount = z.number().nonnegative().max(1e12)

const schedulerSchema = z.strictObject({
  policy: z.enum(SCHEDULER_POLICIES).optional(),
  maxNumSeqs: positive.optional(),
  maxNumBatchedTokens: positive.optional(),
  longPrefillTokenThreshold: tokens.optional(),
  maxModelLen: tokens.optional(),
  order: z.enum(['fcfs', 'priority', 'shortest-prompt', 'fair']).optional(),
  preemption: z.enum(['recompute', 'swap']).optional(),
  watermark: share.optional(),
  maxWaitingSteps: count.optional(),
  balanceSteps: count.optional(),
  reservation: z.enum(['as-needed', 'prompt', 'whole-output']).optional(),
  asyncScheduling: z.boolean().optional(),
})

const kvSchema = z.strictObject({
  /** Blocks; left out, what fits beside the weights. */
  blocks: positive.optional(),
  blockSize: positive.optional(),
  /** Share of device memory that weights, activations and KV may take. */
  memoryUtilization: share.optional(),
  prefixCaching: z.boolean().optional(),
  /** Models with states: tokens between two that are kept, so that prefixes can be found again. */
  snapshotTokens: tokens.optional(),
  bytesPerToken: amount.optional(),
  swapBlocks: count.optional(),
  tiers: tiersSchema.optional(),
  hostBandwidthGBps: z.number().positive().optional(),
  hostLatencyUs: amount.optional(),
})

const cpuOverheadSchema = z.strictObject({
  perStepUs: amount.optional(),
  perSequenceUs: amount.optional(),
  overlapped: z.boolean().optional(),
})

/** Sizes that have a graph: none, these, or all up to one. */
const graphSizesSchema = z.union([
  z.literal('none'),
  z.array(positive).min(1),
  z.strictObject({ upTo: positive }),
])

const graphsSchema = z.strictObject({
  decode: graphSizesSchema.optional(),
  prefill: graphSizesSchema.optional(),
  padding: z.boolean().optional(),
})

export type GraphsConfig = z.infer<typeof graphsSchema>

/** Fields of a group of instances, and of all of them. */
const deploymentFields = (kit: SchemaKit) => ({
  stepTime: kit.stepTime.optional(),
  scheduler: schedulerSchema.optional(),
  kv: kvSchema.optional(),
  cpuOverhead: cpuOverheadSchema.optional(),
  cudaGraphs: graphsSchema.optional(),
  speculation: speculationSchema(kit).optional(),
  lora: loraSchema.optional(),
  structuredOutput: structuredOutputSchema.optional(),
  failures: failuresSchema.optional(),
  encoder: encoderSchema.optional(),
  pipelineStages: stages.optional(),
})

const instanceSchema = (kit: SchemaKit) =>
  z.strictObject({
    name: z.string().optional(),
    count: instances.default(1),
    role: z.enum(['both', 'prefill', 'decode', 'encode']).default('both'),
    /** Name of the model, as requests ask for it. */
    serves: z.string().optional(),
    ...deploymentFields(kit),
  })

const scalingSchema = z.strictObject({
  min: instances.optional(),
  max: instances,
  intervalS: intervalS.optional(),
  startupS: amount.optional(),
  upKvUse: share.optional(),
  upQueue: count.optional(),
  downKvUse: share.optional(),
  downStabilisationS: amount.optional(),
})

export type ScalingConfig = z.infer<typeof scalingSchema>

const routingSchema = z.strictObject({
  policy: z.enum(ROUTING_POLICIES).optional(),
  /** How old what the router knows of instances may be. */
  stalenessMs: amount.optional(),
  index: z.enum(['precise', 'approximate']).optional(),
  /** Blocks of each instance that an approximate index remembers. */
  indexBlocks: positive.optional(),
  scorers: z.partialRecord(z.enum(SCORER_NAMES), amount).optional(),
  cacheThreshold: share.optional(),
  balanceAbsThreshold: count.optional(),
  balanceRelThreshold: z.number().min(1).optional(),
  overlapWeight: amount.optional(),
})

export type RoutingConfig = z.infer<typeof routingSchema>

/** Fields of FlowSim's simulator. */
export const flowsimFields = (kit: SchemaKit) => ({
  ...deploymentFields(kit),
  instances: z.array(instanceSchema(kit)).min(1).max(MOST_INSTANCES).optional(),
  routing: routingSchema.optional(),
  admission: z
    .strictObject({
      policy: z.enum(ADMISSION_POLICIES).optional(),
      burstTokens: z.number().positive().optional(),
      tokensPerS: amount.optional(),
      maxQueue: positive.optional(),
      maxKvUse: share.optional(),
      shedPriority: priority.optional(),
    })
    .optional(),
  transfer: z
    .strictObject({
      bandwidthGBps: z.number().positive().optional(),
      latencyUs: amount.optional(),
    })
    .optional(),
  /** Of all instances, or of the prefill and of the decode ones. */
  autoscaling: z
    .union([
      scalingSchema,
      z.strictObject({ prefill: scalingSchema.optional(), decode: scalingSchema.optional() }),
    ])
    .optional(),
  requestOverheadMs: amount.optional(),
  /** Beside that where the server has other requests. */
  busyOverheadMs: amount.optional(),
  /** For each token of its prompt. */
  inputTokenOverheadUs: amount.optional(),
  /** For each other request of the instance. */
  otherRequestOverheadUs: amount.optional(),
  tokenOverheadMs: amount.optional(),
  timeoutS: z.number().positive().optional(),
  priorities: z.record(z.string(), priority).optional(),
})

type Fields = ReturnType<typeof flowsimFields>

/** Settings of FlowSim's simulator, as a configuration gives them. */
export type FlowsimConfig = z.infer<z.ZodObject<Fields>>

/** A group of instances. */
export type InstanceConfig = z.infer<ReturnType<typeof instanceSchema>>
