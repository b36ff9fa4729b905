// ReaLLM (bespoke-silicon-group/reallm, May 2025), as a simulator.
import { findModel, type ModelConfig, ModelGraphError } from '@flowsim/model-graph'
import { z } from 'zod'
import { statedSettings } from '../../compare/settings.js'
import { instances, requests as requestCount, tokens } from '../../config/limits.js'
import type { ReadText } from '../../config/read-text.js'
import { ServingError, type SourcePlace } from '../../errors.js'
import { NumpyRandomState } from '../python/numpy-random.js'
import { refuseSessions } from '../refuse-sessions.js'
import { defineSimulator } from '../simulator.js'
import { REALLM_NODES, reallmAllReduce } from './all-reduce.js'
import { simulateReallm } from './engine.js'
import { reallmKernels } from './kernel-counts.js'
import { type KernelLibraries, KernelLibrary, librarySeconds } from './kernel-library.js'
import {
  REALLM_DEVICES,
  type ReallmKernelCounts,
  type ReallmKernelKind,
  rooflineSeconds,
} from './kernel-roofline.js'
import { parallelDegrees, type ReallmDegrees } from './parallelism.js'
import { reallmResult } from './result.js'
import { reallmWorkload } from './workload.js'

const NAME = 'reallm'

const fields = {
  reallm: z.strictObject({
    /** Model of the catalogue whose kernels are counted, such as llama-3.1-70b. */
    model: z.string(),
    devices: instances.default(8),
    /** `ep#_tp#_pp#_cp#`, any of them. */
    parallelism: z.string().default('tp8'),
    scheduler: z.enum(['baseline', 'continuous', 'mixed-sarathi']).default('mixed-sarathi'),
    prefillChunk: tokens.positive().default(2048),
    endRequests: requestCount.optional(),
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
}

type Settings = z.infer<typeof fields.reallm>

export const reallm = defineSimulator({
  name: NAME,
  workloads: [reallmWorkload],

  schema: () => fields,

  prepare({ reallm: settings, horizonS, seed }, { requests, slo, readText, place }) {
    const at = (field: string) => place(['reallm', field])
    refuseSessions(requests, NAME, place(['workload']))
    const degrees = parallelDegrees(settings.parallelism)
    const model = modelNamed(settings.model, at('model'))
    checkDegrees(settings, degrees, model, at('parallelism'))
    const kernelSeconds = methodSeconds(settings.method, readText)
    return {
      settings,
      requests,
      slo,
      degrees,
      model,
      kernelSeconds,
      seed,
      endTimeS: horizonS ?? 500,
    }
  },

  run({ settings, requests, degrees, model, kernelSeconds, seed, endTimeS }) {
    const { scheduler, prefillChunk, endRequests, ioNode, ioAlgorithm } = settings
    const layers = Math.ceil(model.layers.length / degrees.pipeline)
    const routing = new NumpyRandomState(seed)
    return simulateReallm(
      requests.map(({ arrivalNs, inputTokens, outputTokens }, id) => ({
        id,
        arrivalS: arrivalNs / 1e9,
        inputTokens,
        outputTokens,
      })),
      {
        scheduler,
        prefillChunk,
        ...(endRequests === undefined ? {} : { endRequests }),
        endTimeS,
        stepTime(prefill, decode) {
          const kernels = reallmKernels(model, { ...degrees, prefill, decode, routing })
          const bytes = 2 * (prefill + decode.length) * model.hidden
          const allReduceS = isLlama(model)
            ? reallmAllReduce(REALLM_NODES[ioNode], ioAlgorithm, bytes, degrees.tensor)
            : 0
          return kernelSeconds(kernels) + 2 * allReduceS * layers
        },
      },
    )
  },

  result: (native, setup) => reallmResult(NAME, native, setup),
  devices: ({ settings }) => settings.devices,

  settings: ({ settings: { scheduler, prefillChunk } }) =>
    statedSettings(NAME, {
      scheduler,
      maxBatchTokens: scheduler === 'mixed-sarathi' ? prefillChunk : null,
      precision: 'fp16',
      prefixCaching: false,
      instances: 1,
      cpuOverheadUs: 0,
    }),
})

const isLlama = (model: ModelConfig) =>
  model.layerKinds.every(({ mixer, ffn }) => mixer.type === 'attention' && ffn.type === 'dense')

function modelNamed(name: string, place: SourcePlace): ModelConfig {
  try {
    return findModel(name)
  } catch (error) {
    if (!(error instanceof ModelGraphError)) throw error
    throw new ServingError('invalid_config', error.message, place, { cause: error })
  }
}

function checkDegrees(
  { parallelism, devices }: Settings,
  { expert, tensor, pipeline, context }: ReallmDegrees,
  model: ModelConfig,
  place: SourcePlace,
): void {
  const taken = expert * tensor * pipeline * context
  if (taken !== devices) {
    throw new ServingError(
      'impossible_parallelism',
      `parallelism ${parallelism} takes ${taken} devices of ${devices}`,
      place,
    )
  }
  if (!isLlama(model) && (tensor !== 1 || context !== 1)) {
    throw new ServingError(
      'impossible_parallelism',
      'ReaLLM has no tensor or context parallelism for models other than Llama',
      place,
    )
  }
}

/** Seconds of the kernels of a step. */
function methodSeconds(
  method: Settings['method'],
  readText: ReadText,
): (kernels: ReallmKernelCounts) => number {
  if (method.type === 'roofline') {
    const device = REALLM_DEVICES[method.device]
    return (kernels) => rooflineSeconds(device, kernels)
  }
  const { type: _, ...files } = method
  const libraries = Object.fromEntries(
    (Object.entries(files) as [ReallmKernelKind, string][]).map(([kind, file]) => [
      kind,
      KernelLibrary.parse(readText(file), file, kind),
    ]),
  ) as KernelLibraries
  return (kernels) => librarySeconds(libraries, kernels)
}
