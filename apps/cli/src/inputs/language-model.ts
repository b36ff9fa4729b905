// Language models that commands are given: a built-in name, a config.json, a checkpoint's folder, or a
// repository of a hub.

import type { LayerMixer, ModelShape } from '@flowsim/kernel-db'
import { builtInModel, type ModelConfig } from '@flowsim/model-graph'
import { loadModel as load } from '@flowsim/model-graph/node'
import type { LanguageModelFlags } from '../program/options.js'
import { note } from '../program/print.js'

/** The model of a name; what was not stated of it is noted. */
export async function loadModel(
  name: string,
  { generic, offline }: LanguageModelFlags = {},
): Promise<ModelConfig> {
  const model = await load(name, {
    generic: generic ?? false,
    ...(offline === undefined ? {} : { offline }),
  })
  if (builtInModel(name) === undefined) {
    for (const what of model.assumed) note(`${name}: ${what}`)
  }
  return model
}

/** The model that `--llm` names, if any. */
export async function llmOf(
  flags: { llm?: string } & LanguageModelFlags,
): Promise<{ model?: ModelConfig }> {
  return flags.llm === undefined ? {} : { model: await loadModel(flags.llm, flags) }
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
