// From a configuration file to a run.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { SimulationResult } from '../core/simulation-result.js'
import { ServingError } from '../errors.js'
import { simulateFlowsim } from '../simulators/flowsim/engine.js'
import { type BuiltWorkload, buildWorkload } from './build-workload.js'
import { flowsimOptions } from './flowsim-options.js'
import type { Places, PrepareOptions, Slo } from './prepare-context.js'
import { prepare2025, prepareHead } from './prepare-inference-sim.js'
import { prepareReallm } from './prepare-reallm.js'
import { prepareVidur } from './prepare-vidur.js'
import { type ServingConfig, servingSchema } from './serving-schema.js'
import { validate } from './validate.js'
import { parseYaml, type YamlSource } from './yaml-source.js'

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
