// From a configuration file to a run.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { SloLimits } from '../core/report.js'
import type { SimulationResult } from '../core/simulation-result.js'
import { simulateFlowsim } from '../engines/flowsim/engine.js'
import { simulateInferenceSim2025 } from '../engines/inference-sim/engine-2025.js'
import {
  type InferenceSimHeadRequest,
  type InferenceSimLatency,
  simulateInferenceSim,
} from '../engines/inference-sim/engine-head.js'
import { REALLM_NODES, reallmAllReduce } from '../engines/reallm/all-reduce.js'
import { type ReallmStepTime, simulateReallm } from '../engines/reallm/engine.js'
import {
  type KernelLibraries,
  KernelLibrary,
  librarySeconds,
} from '../engines/reallm/kernel-library.js'
import {
  REALLM_DEVICES,
  type ReallmKernelCounts,
  type ReallmKernelKind,
  rooflineSeconds,
} from '../engines/reallm/kernel-roofline.js'
import { VIDUR_DEVICES, VIDUR_NODES } from '../engines/vidur/catalogue.js'
import { simulateVidur } from '../engines/vidur/engine.js'
import { CLOSED_FORM_OPERATORS, vidurStageTime } from '../engines/vidur/predictor.js'
import { vidurOperators } from '../engines/vidur/profile-tables.js'
import { ServingError } from '../errors.js'
import {
  inferenceSimHardware,
  parseJson,
  type ResolveModel,
  readProfiles,
  vidurModel,
} from '../step-time/create-step-time.js'
import { inferenceSimKvBlocks } from '../step-time/inference-sim-capacity.js'
import { inferenceSimModel } from '../step-time/inference-sim-model.js'
import { inferenceSimPhysics, TRAINED_PHYSICS } from '../step-time/inference-sim-physics.js'
import { inferenceSimRoofline } from '../step-time/inference-sim-roofline.js'
import { type BuiltWorkload, buildWorkload, defined, type ReadText } from './build-workload.js'
import { result2025, resultHead, resultReallm, resultVidur } from './engine-results.js'
import { flowsimOptions } from './flowsim-options.js'
import { type ServingConfig, servingSchema } from './serving-schema.js'
import { validate } from './validate.js'
import { parseYaml, type YamlSource } from './yaml-source.js'

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

/** What a configuration is prepared with. */
export interface PrepareOptions {
  /** Reads a file that the configuration names. */
  readText: ReadText
  /** Needed for `stepTime` of type `model`. */
  resolveModel?: ResolveModel
  /** Needed for `engine: reallm`; the seed draws experts. */
  reallmKernels?: (seed: number) => ReallmKernelSource
  /** Requests to run instead of the section `workload`. */
  requests?: readonly WorkloadRequest[]
  /** Keep every batch. Default false. */
  recordBatches?: boolean
}

/** A run that is ready to go. */
export interface PreparedRun {
  config: ServingConfig
  requests: readonly WorkloadRequest[]
  /** Devices of the whole deployment; null where the engine does not know. */
  devices: number | null
  /** Simulates; may be called again. */
  run(): SimulationResult
}

/**
 * Reads and checks a serving configuration; nothing runs yet, but everything is known to fit.
 * @param file named in errors
 * @throws ServingError with file and line
 */
export function prepareServing(text: string, file: string, options: PrepareOptions): PreparedRun {
  const source = parseYaml(text, file)
  return prepareConfig(validate(servingSchema, source), source, options)
}

/** Prepares a configuration that was read already. */
export function prepareConfig(
  config: ServingConfig,
  source: Pick<YamlSource, 'place'>,
  options: PrepareOptions,
): PreparedRun {
  const workload = workloadOf(config, source, options)
  const slo = sloLimits(config)
  const { requests } = workload
  const context = {
    readText: options.readText,
    resolveModel: options.resolveModel ?? null,
    place: (path: readonly PropertyKey[]) => source.place(path),
  }
  let run: () => SimulationResult
  let devices: number | null = null
  switch (config.engine) {
    case 'flowsim': {
      const settings = {
        ...flowsimOptions(config, context),
        recordBatches: options.recordBatches ?? false,
      }
      devices = settings.instances.reduce((sum, instance) => sum + instance.devices, 0)
      run = () => simulateFlowsim(requests, settings, slo)
      break
    }
    case 'inference-sim-2025':
      run = prepare2025(config, workload, source, slo)
      break
    case 'inference-sim': {
      const { tensorParallel, dataParallel, numInstances } = config.inferenceSim
      devices = tensorParallel * dataParallel * numInstances
      run = prepareHead(config, workload, source, options, slo)
      break
    }
    case 'vidur': {
      const { tensorParallel, pipelineStages, replicas } = config.vidur
      devices = tensorParallel * pipelineStages * replicas
      run = prepareVidur(config, workload, source, options, slo)
      break
    }
    case 'reallm':
      devices = config.reallm.devices
      run = prepareReallm(config, workload, source, options, slo)
      break
  }
  return { config, requests, devices, run }
}

type Of<Engine extends ServingConfig['engine']> = Extract<ServingConfig, { engine: Engine }>
type Slo = Readonly<Record<string, SloLimits>> | undefined
type Places = Pick<YamlSource, 'place'>

function workloadOf(config: ServingConfig, source: Places, options: PrepareOptions): BuiltWorkload {
  if (options.requests !== undefined) {
    if (options.requests.length === 0) {
      throw new ServingError('empty_workload', 'the workload has no requests', source.place([]))
    }
    return { requests: [...options.requests], ratePerS: null, seed: config.seed }
  }
  if (config.workload === undefined) {
    throw new ServingError('invalid_config', 'workload is missing', source.place([]))
  }
  return buildWorkload(config.workload, {
    seed: config.seed,
    horizonNs: config.horizonS === undefined ? Number.POSITIVE_INFINITY : config.horizonS * 1e9,
    readText: options.readText,
    place: source.place(['workload']),
  })
}

function sloLimits({ slo }: ServingConfig): Slo {
  if (slo === undefined) return undefined
  return Object.fromEntries(
    Object.entries(slo).map(([name, { ttftMs, tpotMs, e2eMs }]) => [
      name,
      {
        ...(ttftMs === undefined ? {} : { ttftS: ttftMs / 1000 }),
        ...(tpotMs === undefined ? {} : { tpotS: tpotMs / 1000 }),
        ...(e2eMs === undefined ? {} : { e2eS: e2eMs / 1000 }),
      },
    ]),
  )
}

function prepare2025(
  config: Of<'inference-sim-2025'>,
  workload: BuiltWorkload,
  source: Places,
  slo: Slo,
): () => SimulationResult {
  const settings = config.inferenceSim2025
  if (settings === undefined) {
    throw new ServingError(
      'invalid_config',
      'inferenceSim2025 is missing; it holds the flags, regressionCoeffs at least',
      source.place([]),
    )
  }
  noSessions(workload.requests, config.engine, source)
  const requests = workload.requests.map(toMicroseconds)
  const horizonUs = config.horizonS === undefined ? Number.MAX_SAFE_INTEGER : config.horizonS * 1e6
  const ratePerS = workload.ratePerS ?? meanRate(workload.requests)
  return () =>
    result2025(
      workload.requests,
      simulateInferenceSim2025(requests, { ...settings, horizonUs, ratePerS }),
      settings.totalKvBlocks * settings.numReplicas,
      slo,
    )
}

function prepareHead(
  config: Of<'inference-sim'>,
  workload: BuiltWorkload,
  source: Places,
  { readText }: PrepareOptions,
  slo: Slo,
): () => SimulationResult {
  const { inferenceSim: settings, seed, horizonS } = config
  const place = source.place(['inferenceSim'])
  const json = parseJson(readText(settings.modelConfig), settings.modelConfig)
  const model = inferenceSimModel(json, settings.modelConfig)
  const hardware = inferenceSimHardware(settings.hardware, place)
  const { tensorParallel, dataParallel, moeCommBackend } = settings
  if (model.heads % tensorParallel !== 0) {
    throw new ServingError(
      'impossible_parallelism',
      `${model.heads} heads do not divide over ${tensorParallel} tensor-parallel devices`,
      source.place(['inferenceSim', 'tensorParallel']),
    )
  }
  const physics = settings.latencyModel === 'trained-physics'
  const [alpha0, alpha1, alpha2] = settings.alpha ?? (physics ? TRAINED_PHYSICS.alpha : [0, 0, 0])
  const latency: InferenceSimLatency = physics
    ? {
        stepUs: inferenceSimPhysics(
          model,
          hardware,
          defined({ tensorParallel, dataParallel, moeCommBackend }),
          settings.beta,
        ),
        queueingUs: () => alpha0,
        tokenUs: alpha2,
        postDecodeUs: alpha1,
      }
    : {
        stepUs: inferenceSimRoofline(model, hardware, tensorParallel),
        queueingUs: (inputTokens) => alpha0 + alpha1 * inputTokens,
        tokenUs: alpha2,
        postDecodeUs: 0,
      }
  const totalKvBlocks =
    settings.totalKvBlocks ?? inferenceSimKvBlocks(json, model, hardware, settings)
  const requests = workload.requests.map(
    (request): InferenceSimHeadRequest => ({
      ...toMicroseconds(request),
      ...(request.sloClass === undefined ? {} : { sloClass: request.sloClass }),
      ...(request.deadlineNs === undefined
        ? {}
        : { deadlineUs: Math.round(request.deadlineNs / 1000) }),
      ...(request.session === undefined
        ? {}
        : { session: request.session, thinkUs: Math.round((request.thinkNs ?? 0) / 1000) }),
    }),
  )
  const { blockSize, maxNumSeqs, maxNumBatchedTokens, longPrefillTokenThreshold } = settings
  const { maxModelLen, scheduler, preemptionPolicy, numInstances, routingPolicy } = settings
  return () =>
    resultHead(
      workload.requests,
      simulateInferenceSim(requests, {
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
        routingPolicy,
        seed,
        ...(horizonS === undefined ? {} : { horizonUs: horizonS * 1e6 }),
      }),
      totalKvBlocks,
      slo,
    )
}

function prepareVidur(
  config: Of<'vidur'>,
  workload: BuiltWorkload,
  source: Places,
  { readText }: PrepareOptions,
  slo: Slo,
): () => SimulationResult {
  const { vidur: settings, seed, horizonS } = config
  const at = (...path: string[]) => source.place(['vidur', ...path])
  noSessions(workload.requests, config.engine, source)
  const model = vidurModel(settings.model, at('model'))
  const deviceMemoryGiB = settings.deviceMemoryGiB ?? VIDUR_DEVICES[settings.device]?.memoryGiB
  if (deviceMemoryGiB === undefined) {
    const names = Object.keys(VIDUR_DEVICES).join(', ')
    throw new ServingError(
      'invalid_config',
      `vidur.device "${settings.device}" is not one of ${names}; give deviceMemoryGiB`,
      at('device'),
    )
  }
  const { tensorParallel, pipelineStages, predictor, scheduler } = settings
  const perNode = VIDUR_NODES[settings.networkDevice ?? '']
  const world = tensorParallel * pipelineStages
  if (perNode !== undefined && world > perNode && world % perNode !== 0) {
    throw new ServingError(
      'impossible_parallelism',
      `${world} devices are neither within a node of ${perNode} nor whole nodes`,
      at('tensorParallel'),
    )
  }
  const operators =
    predictor.type === 'closed-form'
      ? CLOSED_FORM_OPERATORS
      : vidurOperators(readProfiles(predictor, readText), model, {
          tensorParallel,
          pipelineStages,
          blockSize: scheduler.blockSize ?? 16,
          ...(perNode === undefined ? {} : { devicesPerNode: perNode }),
          ...(predictor.regressor === undefined ? {} : { regressor: predictor.regressor }),
          ...(typeof settings.model === 'string' ? { modelName: settings.model } : {}),
        })
  const stageTime = vidurStageTime(model, operators, { tensorParallel, pipelineStages })
  const requests = workload.requests.map(({ arrivalNs, inputTokens, outputTokens }, id) => ({
    id,
    arrivedAtS: arrivalNs / 1e9,
    prefillTokens: inputTokens,
    decodeTokens: Math.max(1, outputTokens),
  }))
  const run = () =>
    simulateVidur(requests, {
      model,
      scheduler: defined(scheduler),
      stageTime,
      deviceMemoryGiB,
      memoryMarginFraction: settings.memoryMarginFraction,
      tensorParallel,
      pipelineStages,
      numReplicas: settings.replicas,
      globalScheduler: settings.globalScheduler,
      maxTokens: settings.maxTokens,
      seed,
      ...(horizonS === undefined ? {} : { timeLimitS: horizonS }),
    })
  return () => placed(at(), () => resultVidur(workload.requests, run(), settings.replicas, slo))
}

function prepareReallm(
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

function noSessions(requests: readonly WorkloadRequest[], engine: string, source: Places): void {
  if (requests.some(({ session }) => session !== undefined)) {
    throw new ServingError(
      'unsupported',
      `engine ${engine} has no sessions; use flowsim or inference-sim for them`,
      source.place(['workload']),
    )
  }
}

function toMicroseconds(request: WorkloadRequest) {
  const { id, arrivalNs, inputTokens, outputTokens, prefixGroup, prefixTokens } = request
  return {
    id,
    arrivalUs: Math.round(arrivalNs / 1000),
    inputTokens,
    outputTokens,
    ...(prefixGroup === undefined || prefixTokens === undefined
      ? {}
      : { prefixGroup, prefixTokens }),
  }
}

function meanRate(requests: readonly WorkloadRequest[]): number {
  const first = requests[0]!.arrivalNs
  const last = requests.at(-1)!.arrivalNs
  return last > first ? ((requests.length - 1) * 1e9) / (last - first) : 0
}

/** Runs, and tells errors at a place if they have none of their own. */
function placed<T>(place: ReturnType<Places['place']>, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ServingError && error.place.file === undefined) {
      throw new ServingError(error.code, error.message, place, { cause: error })
    }
    throw error
  }
}
