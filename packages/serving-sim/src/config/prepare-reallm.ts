// Runs of ReaLLM.
import type { SimulationResult } from '../core/simulation-result.js'
import { ServingError } from '../errors.js'
import { REALLM_NODES, reallmAllReduce } from '../simulators/reallm/all-reduce.js'
import { type ReallmStepTime, simulateReallm } from '../simulators/reallm/engine.js'
import {
  type KernelLibraries,
  KernelLibrary,
  librarySeconds,
} from '../simulators/reallm/kernel-library.js'
import {
  REALLM_DEVICES,
  type ReallmKernelCounts,
  type ReallmKernelKind,
  rooflineSeconds,
} from '../simulators/reallm/kernel-roofline.js'
import type { BuiltWorkload, ReadText } from './build-workload.js'
import { resultReallm } from './engine-results.js'
import {
  noSessions,
  type Of,
  type Places,
  type PrepareOptions,
  placed,
  type Slo,
} from './prepare-context.js'

/** ReaLLM's kernels of a step of a model; another package knows them. */
export interface ReallmKernelSource {
  /** Width of the model and its layers, for communication; whether it is a Llama. */
  describe(model: string): { hidden: number; layers: number; isLlama: boolean }
  kernels(
    model: string,
    parallelism: { expert: number; tensor: number; pipeline: number; context: number },
    prefillTokens: number,
    contexts: readonly number[],
  ): ReallmKernelCounts
}

/** A run of ReaLLM. */
export function prepareReallm(
  config: Of<'reallm'>,
  workload: BuiltWorkload,
  source: Places,
  { readText, reallmKernels }: PrepareOptions,
  slo: Slo,
): () => SimulationResult {
  const { reallm: settings, horizonS, seed } = config
  const at = (...path: string[]) => source.place(['reallm', ...path])
  noSessions(workload.requests, config.engine, source)
  if (reallmKernels === undefined) {
    throw new ServingError('unsupported', 'engine reallm needs a catalogue of models', at())
  }
  const { model, method } = settings
  const degrees = parallelDegrees(settings.parallelism)
  const devices = degrees.expert * degrees.tensor * degrees.pipeline * degrees.context
  if (devices !== settings.devices) {
    throw new ServingError(
      'impossible_parallelism',
      `parallelism ${settings.parallelism} takes ${devices} devices of ${settings.devices}`,
      at('parallelism'),
    )
  }
  const { hidden, layers, isLlama } = placed(at('model'), () => reallmKernels(seed).describe(model))
  if (!isLlama && (degrees.tensor !== 1 || degrees.context !== 1)) {
    throw new ServingError(
      'impossible_parallelism',
      'ReaLLM has no tensor or context parallelism for models other than Llama',
      at('parallelism'),
    )
  }
  const kernelSeconds = methodSeconds(method, readText)
  const perLayer = Math.ceil(layers / degrees.pipeline)
  const stepTimeOf =
    (source: ReallmKernelSource): ReallmStepTime =>
    (prefillTokens, contexts) => {
      const kernels = source.kernels(model, degrees, prefillTokens, contexts)
      const bytes = 2 * (prefillTokens + contexts.length) * hidden
      const allReduce = isLlama
        ? reallmAllReduce(
            REALLM_NODES[settings.ioNode],
            settings.ioAlgorithm,
            bytes,
            degrees.tensor,
          )
        : 0
      return kernelSeconds(kernels) + 2 * allReduce * perLayer
    }
  const requests = workload.requests.map(({ arrivalNs, inputTokens, outputTokens }, id) => ({
    id,
    arrivalS: arrivalNs / 1e9,
    inputTokens,
    outputTokens,
  }))
  const { scheduler, prefillChunk, endRequests } = settings
  return () =>
    resultReallm(
      workload.requests,
      simulateReallm(requests, {
        scheduler,
        stepTime: stepTimeOf(reallmKernels(seed)),
        prefillChunk,
        ...(endRequests === undefined ? {} : { endRequests }),
        endTimeS: horizonS ?? 500,
      }),
      slo,
    )
}

function methodSeconds(
  method: Of<'reallm'>['reallm']['method'],
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

/** `ep2_tp4`, in any order; what is not named is 1. */
function parallelDegrees(text: string) {
  const degree = (name: string) => Number(new RegExp(`${name}(\\d+)`).exec(text)?.[1] ?? 1)
  return {
    expert: degree('ep'),
    tensor: degree('tp'),
    pipeline: degree('pp'),
    context: degree('cp'),
  }
}
