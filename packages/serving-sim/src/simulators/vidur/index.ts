// Vidur (microsoft/vidur, November 2024), as a simulator.
import { z } from 'zod'
import { statedSettings } from '../../compare/settings.js'
import { defined } from '../../config/defined.js'
import { count, instances, positive, stages, tokens } from '../../config/limits.js'
import { placed } from '../../config/placed.js'
import { ServingError } from '../../errors.js'
import { refuseSessions } from '../refuse-sessions.js'
import { defineSimulator, type SimulatorContext } from '../simulator.js'
import { VIDUR_DEVICES, VIDUR_NODES, type VidurModel } from './catalogue.js'
import { CLOSED_FORM_OPERATORS } from './closed-form.js'
import { simulateVidur } from './engine.js'
import { modelOf, modelSchema } from './model-schema.js'
import { type VidurOperators, vidurStageTime } from './predictor.js'
import { profileFields, readProfiles } from './profile-schema.js'
import { vidurOperators } from './profile-tables.js'
import { vidurRun } from './recorded-run.js'
import { vidurRequest, vidurResult } from './result.js'
import { closedFormStepTime, profileStepTime } from './step-times.js'
import { vidurTrace } from './trace-format.js'
import { vidurWorkload } from './workload.js'

const NAME = 'vidur'

const share = z.number().min(0).max(1)

const fields = {
  vidur: z.strictObject({
    model: modelSchema,
    device: z.string().default('a100'),
    deviceMemoryGiB: z.number().positive().optional(),
    networkDevice: z.string().optional(),
    memoryMarginFraction: share.default(0.1),
    tensorParallel: positive.default(1),
    pipelineStages: stages.default(1),
    replicas: instances.default(1),
    globalScheduler: z.enum(['round_robin', 'random', 'lor']).default('round_robin'),
    maxTokens: tokens.positive().default(4096),
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
      z.strictObject({ type: z.literal('profile'), ...profileFields }),
    ]),
  }),
}

type Settings = z.infer<typeof fields.vidur>

export const vidur = defineSimulator({
  name: NAME,
  stepTimes: [profileStepTime, closedFormStepTime],
  workloads: [vidurWorkload],
  traceFormats: [vidurTrace],
  recordedRuns: [vidurRun],

  schema: () => fields,

  prepare({ vidur: settings, seed, horizonS }, context) {
    const { requests, slo } = context
    const at = (...path: string[]) => context.place(['vidur', ...path])
    refuseSessions(requests, NAME, context.place(['workload']))
    const model = modelOf(settings.model, at('model'))
    const deviceMemoryGiB = settings.deviceMemoryGiB ?? VIDUR_DEVICES[settings.device]?.memoryGiB
    if (deviceMemoryGiB === undefined) {
      const names = Object.keys(VIDUR_DEVICES).join(', ')
      throw new ServingError(
        'invalid_config',
        `vidur.device "${settings.device}" is not one of ${names}; give deviceMemoryGiB`,
        at('device'),
      )
    }
    const devicesPerNode = VIDUR_NODES[settings.networkDevice ?? '']
    const { tensorParallel, pipelineStages } = settings
    checkNodes(tensorParallel * pipelineStages, devicesPerNode, at('tensorParallel'))
    const operators = operatorsOf(settings, model, devicesPerNode, context)
    return {
      settings,
      requests,
      slo,
      replicas: settings.replicas,
      place: at(),
      options: {
        model,
        scheduler: defined(settings.scheduler),
        stageTime: vidurStageTime(model, operators, { tensorParallel, pipelineStages }),
        deviceMemoryGiB,
        memoryMarginFraction: settings.memoryMarginFraction,
        tensorParallel,
        pipelineStages,
        numReplicas: settings.replicas,
        globalScheduler: settings.globalScheduler,
        maxTokens: settings.maxTokens,
        seed,
        timeLimitS: horizonS ?? 0,
      },
    }
  },

  run: ({ requests, options, place }) =>
    placed(place, () => simulateVidur(requests.map(vidurRequest), options)),

  result: (native, setup) => vidurResult(NAME, native, setup),

  devices: ({ settings: { tensorParallel, pipelineStages, replicas } }) =>
    tensorParallel * pipelineStages * replicas,

  settings({ settings }) {
    const { scheduler, predictor } = settings
    const includesHost = predictor.type === 'profile' && predictor.cpuOverhead !== undefined
    return statedSettings(NAME, {
      scheduler: scheduler.type,
      maxBatchTokens:
        scheduler.type === 'sarathi'
          ? (scheduler.chunkSize ?? 512)
          : (scheduler.maxTokensInBatch ?? 4096),
      maxBatchSize: scheduler.batchSizeCap ?? 128,
      blockSize: scheduler.blockSize ?? 16,
      kvBlocks: scheduler.numBlocks ?? null,
      precision: 'fp16',
      prefixCaching: false,
      tensorParallel: settings.tensorParallel,
      pipelineParallel: settings.pipelineStages,
      instances: settings.replicas,
      cpuOverheadUs: includesHost ? null : 0,
      others: {
        'scheduler.order': 'fcfs',
        'scheduler.watermark': scheduler.watermarkBlocksFraction ?? 0.01,
        'kv.memoryUtilization':
          scheduler.numBlocks === undefined ? 1 - settings.memoryMarginFraction : null,
      },
    })
  },
})

/** Devices lie within a node, or make whole nodes. */
function checkNodes(
  devices: number,
  perNode: number | undefined,
  place: ReturnType<SimulatorContext['place']>,
): void {
  if (perNode === undefined || devices <= perNode || devices % perNode === 0) return
  throw new ServingError(
    'impossible_parallelism',
    `${devices} devices are neither within a node of ${perNode} nor whole nodes`,
    place,
  )
}

function operatorsOf(
  { model: name, tensorParallel, pipelineStages, scheduler, predictor }: Settings,
  model: VidurModel,
  devicesPerNode: number | undefined,
  { readText }: SimulatorContext,
): VidurOperators {
  if (predictor.type === 'closed-form') return CLOSED_FORM_OPERATORS
  return vidurOperators(readProfiles(predictor, readText), model, {
    tensorParallel,
    pipelineStages,
    blockSize: scheduler.blockSize ?? 16,
    ...defined({ devicesPerNode, regressor: predictor.regressor }),
    ...(typeof name === 'string' ? { modelName: name } : {}),
  })
}
