// Runs of Vidur.
import type { SimulationResult } from '../core/simulation-result.js'
import { ServingError } from '../errors.js'
import { VIDUR_DEVICES, VIDUR_NODES } from '../simulators/vidur/catalogue.js'
import { simulateVidur } from '../simulators/vidur/engine.js'
import { CLOSED_FORM_OPERATORS, vidurStageTime } from '../simulators/vidur/predictor.js'
import { vidurOperators } from '../simulators/vidur/profile-tables.js'
import { readProfiles, vidurModel } from '../step-time/create-step-time.js'
import { type BuiltWorkload, defined } from './build-workload.js'
import { resultVidur } from './engine-results.js'
import {
  noSessions,
  type Of,
  type Places,
  type PrepareOptions,
  placed,
  type Slo,
} from './prepare-context.js'

/** A run of Vidur. */
export function prepareVidur(
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
