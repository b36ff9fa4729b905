// Language models that commands are given: a name of the catalogue, or a config.json.

import type { LayerMixer, ModelShape } from '@flowsim/kernel-db'
import { findModel, type ModelConfig, readModel } from '@flowsim/model-graph'
import { readJson } from './read-json.js'

/** A model of the catalogue, or of a config.json. */
export async function loadModel(name: string): Promise<ModelConfig> {
  if (!/\.json$/i.test(name)) return findModel(name)
  return readModel(await readJson(name), { source: name })
}

/** The model that `--llm` names, if any. */
export async function llmOf(flags: { llm?: string }): Promise<{ model?: ModelConfig }> {
  return flags.llm === undefined ? {} : { model: await loadModel(flags.llm) }
}

/** A model as far as kernels show it. */
export function shapeOf(model: ModelConfig): ModelShape {
  const { hidden, dtype, layers, layerKinds } = model
  const kinds = layerKinds.map(({ mixer, ffn }) => ({ mixer: mixerOf(mixer), ffn }))
  return { hidden, dtype, layers, layerKinds: kinds }
}

function mixerOf(mixer: ModelConfig['layerKinds'][number]['mixer']): LayerMixer {
  switch (mixer.type) {
    case 'attention':
    case 'mla':
      return mixer
    case 'compressed':
      return { type: 'mla', heads: mixer.heads, kvRank: mixer.headDim, ropeDim: 0 }
    case 'several':
      return mixerOf(mixer.mixers[0]!)
    default:
      return { type: 'linear' }
  }
}
