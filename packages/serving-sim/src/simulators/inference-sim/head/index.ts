// inference-sim at its head, as a simulator.
import { z } from 'zod'
import { statedSettings } from '../../../compare/settings.js'
import { defined } from '../../../config/defined.js'
import { parseJson } from '../../../config/json-fields.js'
import { count, instances, positive, priority, tokens } from '../../../config/limits.js'
import { ServingError } from '../../../errors.js'
import { defineSimulator } from '../../simulator.js'
import { hardwareOf, hardwareSchema } from '../hardware-schema.js'
import { inferenceSimKvBlocks } from '../latency/capacity.js'
import {
  type InferenceSimHardware,
  type InferenceSimModel,
  inferenceSimModel,
} from '../latency/model.js'
import { inferenceSimPhysics, TRAINED_PHYSICS } from '../latency/physics.js'
import { inferenceSimRoofline } from '../latency/roofline.js'
import { headRequest } from '../requests.js'
import { inferenceSimResults } from '../results-format.js'
import { physicsStepTime, rooflineStepTime } from '../step-times.js'
import { inferenceSimTrace } from '../trace-format.js'
import { cliWorkload } from '../workloads.js'
import { HEAD_ADMISSIONS } from './admission.js'
import { simulateHead } from './engine.js'
import { HEAD_DEFAULTS, type HeadOptions, type Latency } from './options.js'
import { headResult } from './result.js'
import { HEAD_SCORER_NAMES } from './scorers.js'

const NAME = 'inference-sim'

const fields = {
  inferenceSim: z.strictObject({
    modelConfig: z.string(),
    hardware: hardwareSchema,
    latencyModel: z.enum(['roofline', 'trained-physics']).default('trained-physics'),
    tensorParallel: positive.default(1),
    dataParallel: instances.default(1),
    moeCommBackend: z.string().optional(),
    alpha: z.tuple([z.number(), z.number(), z.number()]).optional(),
    beta: z.array(z.number()).optional(),
    /** Blocks; left out, by inference-sim's rules from the memory of the device. */
    totalKvBlocks: positive.optional(),
    gpuMemoryUtilization: z.number().min(0).max(1).default(0.9),
    blockSize: positive.default(16),
    maxNumSeqs: positive.default(256),
    maxNumBatchedTokens: positive.default(2048),
    longPrefillTokenThreshold: tokens.default(0),
    maxModelLen: tokens.default(0),
    scheduler: z.enum(['fcfs', 'priority-fcfs', 'sjf', 'reverse-priority']).default('fcfs'),
    preemptionPolicy: z.enum(['fcfs', 'priority']).default('fcfs'),
    numInstances: instances.default(1),
    admissionPolicy: z.enum(HEAD_ADMISSIONS).optional(),
    tokenBucketCapacity: z.number().positive().optional(),
    tokenBucketRefillRate: z.number().positive().optional(),
    tierShedThreshold: count.optional(),
    tierShedMinPriority: priority.optional(),
    admissionLatencyUs: count.optional(),
    routingLatencyUs: count.optional(),
    routingPolicy: z
      .enum(['round-robin', 'least-loaded', 'weighted', 'always-busiest'])
      .default('round-robin'),
    /** Weights of `weighted`. */
    routingScorers: z
      .partialRecord(z.enum(HEAD_SCORER_NAMES), z.number().positive())
      .refine((scorers) => Object.keys(scorers).length > 0, 'no scorer is named')
      .optional(),
    snapshotRefreshIntervalUs: count.optional(),
    cacheSignalDelayUs: count.optional(),
  }),
}

type Flags = z.infer<typeof fields.inferenceSim>

export const inferenceSim = defineSimulator({
  name: NAME,
  stepTimes: [rooflineStepTime, physicsStepTime],
  workloads: [cliWorkload],
  traceFormats: [inferenceSimTrace],
  measuredRuns: [inferenceSimResults],

  schema: () => fields,

  prepare({ inferenceSim: flags, seed, horizonS }, { requests, slo, readText, place }) {
    const json = parseJson(readText(flags.modelConfig), flags.modelConfig)
    const model = inferenceSimModel(json, flags.modelConfig)
    const hardware = hardwareOf(flags.hardware, place(['inferenceSim']))
    const { tensorParallel } = flags
    if (model.heads % tensorParallel !== 0) {
      throw new ServingError(
        'impossible_parallelism',
        `${model.heads} heads do not divide over ${tensorParallel} tensor-parallel devices`,
        place(['inferenceSim', 'tensorParallel']),
      )
    }
    return {
      flags,
      requests,
      slo,
      latency: latencyOf(model, hardware, flags),
      totalKvBlocks:
        flags.totalKvBlocks ??
        inferenceSimKvBlocks(json, model, hardware, flags, place(['inferenceSim'])),
      seed,
      horizonUs: horizonS === undefined ? Number.MAX_SAFE_INTEGER : horizonS * 1e6,
    }
  },

  run({ flags, requests, latency, totalKvBlocks, seed, horizonUs }) {
    const { blockSize, maxNumSeqs, maxNumBatchedTokens, longPrefillTokenThreshold } = flags
    const { maxModelLen, scheduler, preemptionPolicy, numInstances } = flags
    return simulateHead(requests.map(headRequest), {
      latency,
      totalKvBlocks,
      blockSize,
      maxNumSeqs,
      maxNumBatchedTokens,
      longPrefillTokenThreshold,
      maxModelLen,
      scheduler,
      preemptionPolicy,
      numInstances,
      ...clusterOptions(flags),
      seed,
      horizonUs,
    })
  },

  result: (native, setup) => headResult(NAME, native, setup),

  devices: ({ flags: { tensorParallel, dataParallel, numInstances } }) =>
    tensorParallel * dataParallel * numInstances,

  settings: ({ flags, totalKvBlocks }) =>
    statedSettings(NAME, {
      scheduler: flags.scheduler,
      maxBatchTokens: flags.maxNumBatchedTokens,
      maxBatchSize: flags.maxNumSeqs,
      blockSize: flags.blockSize,
      kvBlocks: totalKvBlocks,
      prefixCaching: true,
      tensorParallel: flags.tensorParallel,
      instances: flags.numInstances,
      others: {
        'scheduler.order': flags.scheduler,
        'scheduler.longPrefillTokenThreshold': flags.longPrefillTokenThreshold,
        'scheduler.maxModelLen': flags.maxModelLen,
        'kv.memoryUtilization':
          flags.totalKvBlocks === undefined ? flags.gpuMemoryUtilization : null,
        'routing.policy': flags.numInstances > 1 ? flags.routingPolicy : null,
      },
    }),
})

function latencyOf(
  model: InferenceSimModel,
  hardware: InferenceSimHardware,
  flags: Flags,
): Latency {
  const { tensorParallel, beta } = flags
  if (flags.latencyModel === 'trained-physics') {
    const [queueingUs, postDecodeUs, tokenUs] = flags.alpha ?? TRAINED_PHYSICS.alpha
    return {
      stepUs: inferenceSimPhysics(model, hardware, flags, beta),
      queueingUs: () => queueingUs,
      tokenUs,
      postDecodeUs,
    }
  }
  const [constant, perToken, tokenUs] = flags.alpha ?? [0, 0, 0]
  return {
    stepUs: inferenceSimRoofline(model, hardware, tensorParallel),
    queueingUs: (inputTokens) => constant + perToken * inputTokens,
    tokenUs,
    postDecodeUs: 0,
  }
}

/** Admission and routing, with its defaults where nothing is said. */
function clusterOptions(flags: Flags): Partial<HeadOptions> {
  const { policy, ...defaults } = HEAD_DEFAULTS.admission
  return {
    admission: {
      policy: flags.admissionPolicy ?? policy,
      ...defaults,
      ...defined({
        capacity: flags.tokenBucketCapacity,
        refillPerS: flags.tokenBucketRefillRate,
        overloadThreshold: flags.tierShedThreshold,
        minPriority: flags.tierShedMinPriority,
      }),
    },
    routingPolicy: flags.routingPolicy,
    ...defined({
      admissionLatencyUs: flags.admissionLatencyUs,
      routingLatencyUs: flags.routingLatencyUs,
      scorers: flags.routingScorers,
      snapshotRefreshUs: flags.snapshotRefreshIntervalUs,
      cacheSignalDelayUs: flags.cacheSignalDelayUs,
    }),
  }
}
