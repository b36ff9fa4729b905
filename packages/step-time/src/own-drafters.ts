// What a model on its devices can draft tokens with by itself: its layers of multi-token prediction, one more layer,
// or further heads. They run on the last stage of a pipeline, divided as its layers are.
import {
  compileStep,
  type DraftLayers,
  type DtypeOptions,
  draftMemory,
  eagleLayer,
  type ModelConfig,
  type Parallelism,
  predictorLayers,
} from '@flowsim/model-graph'
import type { Drafter, OwnDrafters } from '@flowsim/serving-sim'
import { GraphStepTime, type KernelTimes } from './graph-step-time.js'
import { MedusaHeads } from './medusa-heads.js'

/** What drafters share with their model. */
export interface DraftParts {
  model: ModelConfig
  parallelism: Parallelism
  dtypes: DtypeOptions
  kernels: KernelTimes
  replicas: number
  hostOpUs: number
}

export function ownDrafters(parts: DraftParts): OwnDrafters {
  const { model } = parts
  const predictor = predictorLayers(model)
  return {
    layer: () => layersDrafter(parts, eagleLayer(model)),
    heads(count) {
      const heads = new MedusaHeads(count, parts)
      const { weightBytes } = heads
      return { stepTime: heads, memory: { weightBytes, sequenceBytes: () => 0, stateBytes: 0 } }
    },
    predictor:
      predictor === undefined
        ? null
        : { depth: model.predictor!.depth, drafter: () => layersDrafter(parts, predictor) },
  }
}

function layersDrafter(parts: DraftParts, layers: DraftLayers): Drafter {
  const { dtypes, kernels, replicas, hostOpUs } = parts
  const parallelism: Parallelism = { ...parts.parallelism, pipeline: 1 }
  const options = { parallelism, dtypes }
  const { weightBytes, sequenceBytes, stateBytesPerSequence } = draftMemory(layers, options)
  const step = compileStep(layers.model, options)
  return {
    stepTime: new GraphStepTime({ name: layers.model.name, step, kernels, replicas, hostOpUs }),
    memory: { weightBytes, sequenceBytes, stateBytes: stateBytesPerSequence },
  }
}
