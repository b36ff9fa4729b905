// Models of the catalogue as step times of a serving simulator: `stepTime: { type: model }`.
//
// The operations of a step come from model-graph, their times from a latency model, and what is left of the
// device's memory beside the weights is KV cache.
import type { ModelConfig } from '@flowsim/model-graph'
import type { LatencyModel } from '@flowsim/perf-model'
import { defineStepTime, type StepTimeKind } from '@flowsim/serving-sim'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { adapterCosts } from './adapter-cost.js'
import { EngineKernelTimes } from './engine-kernels.js'
import type { EngineFacts } from './engines/engine-facts.js'
import { WideStepTime } from './experts/wide-step-time.js'
import { GraphStepTime, type GraphStepTimeParts } from './graph-step-time.js'
import { latencyOf } from './latency-of.js'
import { modelFields } from './model-fields.js'
import { deploymentOf, hasExperts, modelParts } from './model-parts.js'
import { ownDrafters } from './own-drafters.js'
import { standInWarnings } from './stand-ins.js'
import { visionEncoder } from './vision-encoder.js'

/** Where latency models come from besides those of `@flowsim/calibration`. */
export interface ModelStepTimeOptions {
  /** By name. */
  latencyModels?: Readonly<Record<string, LatencyModel>>
}

/**
 * Step times of models of the catalogue, or of a `config.json`, on devices of the catalogue, or of a file.
 * Refuses with `impossible_parallelism`, `model_does_not_fit` or `invalid_config`, at the field.
 */
export function modelStepTime({ latencyModels }: ModelStepTimeOptions = {}): StepTimeKind {
  return defineStepTime({
    type: 'model',
    fields: modelFields,
    deploy(config, context) {
      const { at } = context
      const parts = modelParts(config, context)
      const { model, hardware, engine, step, parallelism, dtypes } = parts
      const latency = latencyOf(config, context, latencyModels)
      const standIns = new Set<string>()
      const options = { ...config, hasExperts: hasExperts(model), standIns }
      const share = engine.host.devices?.[hardware.name] ?? 1
      const shared = {
        kernels: new EngineKernelTimes(latency, hardware, engine, options),
        replicas: config.dataParallel ?? 1,
        hostOpUs: config.hostOpUs ?? share * engine.host.opUs,
      }
      const graph = {
        ...shared,
        name: `${model.name} on ${hardware.name}, ${latency.name}`,
        hostStepUs: 1e3 * share * recurrentLayers(model) * (engine.host.recurrentMs ?? 0),
        hostSequenceUs: config.hostSequenceUs ?? engine.host.sequenceUs,
        ...tilesOn(hardware, engine),
      }
      const stepTime = parts.experts.isWide
        ? new WideStepTime({ ...graph, latency, parts, options })
        : new GraphStepTime({ ...graph, step })
      const drafters = ownDrafters({ ...shared, model, parallelism, dtypes })
      const stages = config.pipelineParallel ?? 1
      const adapters = adapterCosts({ ...shared, model, hardware, step, stages })
      const tensorParallel = config.tensorParallel ?? 1
      const vision = visionEncoder({ ...shared, model, tensorParallel })
      return deploymentOf(
        config,
        parts,
        { stepTime, drafters, adapters, vision, warnings: standInWarnings(latency, standIns) },
        at,
      )
    },
  })
}

/** Layers of linear attention, whose chunks take many kernels. */
function recurrentLayers({ layers, layerKinds }: ModelConfig): number {
  return layers.filter((kind) => layerKinds[kind]!.mixer.type === 'linear').length
}

/** Tiles of the attention kernels that the engine has on a device. */
function tilesOn(
  { computeCapability = '' }: HardwareSpec,
  { attention: { tiledOn, mixedTileRows, keyTile } }: EngineFacts,
): Pick<GraphStepTimeParts, 'mixedTileRows' | 'keyTile'> {
  return tiledOn.includes(computeCapability) ? { mixedTileRows, keyTile } : {}
}
