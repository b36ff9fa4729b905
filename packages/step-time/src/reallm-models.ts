// Kernels of a step as ReaLLM counts them, for `engine: reallm`.
import { findModel, type ModelConfig, reallmKernels, reallmRandom } from '@flowsim/model-graph'
import type { ReallmKernelSource } from '@flowsim/serving-sim'
import { placed } from './serving-errors.js'

/**
 * The kernels of ReaLLM's steps from the catalogue of models.
 * @param seed of the draws of experts, which go on from step to step
 */
export function reallmModels(seed: number): ReallmKernelSource {
  const models = new Map<string, ModelConfig>()
  const routing = reallmRandom(seed)
  const find = (name: string) => {
    let model = models.get(name)
    if (model === undefined) {
      model = placed({}, () => findModel(name))
      models.set(name, model)
    }
    return model
  }
  return {
    describe(name) {
      const model = find(name)
      return {
        hidden: model.hidden,
        layers: model.layers.length,
        isLlama: model.layerKinds.every(
          ({ mixer, ffn }) => mixer.type === 'attention' && ffn.type === 'dense',
        ),
      }
    },
    kernels: (name, parallelism, prefill, decode) =>
      placed({}, () => reallmKernels(find(name), { ...parallelism, prefill, decode, routing })),
  }
}
