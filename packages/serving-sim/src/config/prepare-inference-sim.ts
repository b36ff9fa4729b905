// Runs of inference-sim's two versions.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { SimulationResult } from '../core/simulation-result.js'
import { ServingError } from '../errors.js'
import { simulateInferenceSim2025 } from '../simulators/inference-sim/engine-2025.js'
import {
  type InferenceSimHeadRequest,
  type InferenceSimLatency,
  simulateInferenceSim,
} from '../simulators/inference-sim/engine-head.js'
import { inferenceSimHardware, parseJson } from '../step-time/create-step-time.js'
import { inferenceSimKvBlocks } from '../step-time/inference-sim-capacity.js'
import { inferenceSimModel } from '../step-time/inference-sim-model.js'
import { inferenceSimPhysics, TRAINED_PHYSICS } from '../step-time/inference-sim-physics.js'
import { inferenceSimRoofline } from '../step-time/inference-sim-roofline.js'
import { type BuiltWorkload, defined } from './build-workload.js'
import { result2025, resultHead } from './engine-results.js'
import {
  noSessions,
  type Of,
  type Places,
  type PrepareOptions,
  type Slo,
} from './prepare-context.js'

/** A run of the version of 2025. */
export function prepare2025(
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

/** A run of its head. */
export function prepareHead(
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
