// The fields of a configuration of our own engine.
import { z } from 'zod'
import type { SchemaKit } from '../simulator.js'
import { ADMISSION_POLICIES } from './cluster/admissions/index.js'
import { ROUTING_POLICIES } from './cluster/routers/index.js'
import { ROUTING_SCORERS, type ScorerName } from './cluster/scorers.js'
import { SCHEDULER_POLICIES } from './schedulers/index.js'

const count = z.int().nonnegative()
const positive = z.int().positive()
const share = z.number().min(0).max(1)
const amount = z.number().nonnegative()

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
  reservation: z.enum(['as-needed', 'whole-output']).optional(),
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
  snapshotTokens: count.optional(),
  bytesPerToken: amount.optional(),
  swapBlocks: count.optional(),
  offloadBlocks: count.optional(),
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
const deploymentFields = ({ stepTime }: SchemaKit) => ({
  stepTime: stepTime.optional(),
  scheduler: schedulerSchema.optional(),
  kv: kvSchema.optional(),
  cpuOverhead: cpuOverheadSchema.optional(),
  cudaGraphs: graphsSchema.optional(),
  pipelineStages: positive.optional(),
})

const instanceSchema = (kit: SchemaKit) =>
  z.strictObject({
    name: z.string().optional(),
    count: positive.default(1),
    role: z.enum(['both', 'prefill', 'decode']).default('both'),
    ...deploymentFields(kit),
  })

const scorerNames = Object.keys(ROUTING_SCORERS) as ScorerName[]

/** Fields of our own engine. */
export const flowsimFields = (kit: SchemaKit) => ({
  ...deploymentFields(kit),
  instances: z.array(instanceSchema(kit)).min(1).optional(),
  routing: z
    .strictObject({
      policy: z.enum(ROUTING_POLICIES).default('round-robin'),
      scorers: z.partialRecord(z.enum(scorerNames), amount).optional(),
    })
    .optional(),
  admission: z
    .strictObject({
      policy: z.enum(ADMISSION_POLICIES).default('always'),
      burstTokens: z.number().positive().default(10_000),
      tokensPerS: amount.default(1000),
      maxQueue: positive.default(5),
      maxKvUse: share.default(0.8),
      shedPriority: z.int().default(1),
    })
    .optional(),
  transfer: z
    .strictObject({
      bandwidthGBps: z.number().positive().optional(),
      latencyUs: amount.optional(),
    })
    .optional(),
  autoscaling: z
    .strictObject({
      min: positive.default(1),
      max: positive,
      intervalS: z.number().positive().default(10),
      startupS: amount.default(60),
      upKvUse: share.default(0.8),
      upQueue: count.default(4),
      downKvUse: share.default(0.4),
      downStabilisationS: amount.default(120),
    })
    .optional(),
  requestOverheadMs: amount.optional(),
  tokenOverheadMs: amount.optional(),
  timeoutS: z.number().positive().optional(),
  priorities: z.record(z.string(), z.int()).optional(),
})

type Fields = ReturnType<typeof flowsimFields>

/** Settings of our own engine, as a configuration gives them. */
export type FlowsimConfig = z.infer<z.ZodObject<Fields>>

/** A group of instances. */
export type InstanceConfig = z.infer<ReturnType<typeof instanceSchema>>
