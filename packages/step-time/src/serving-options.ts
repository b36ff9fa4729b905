// What the serving simulator needs from the other packages.
import type { PrepareOptions } from '@flowsim/serving-sim'
import { reallmModels } from './reallm-models.js'
import { servingModels } from './serving-models.js'

/**
 * Everything that configurations of the serving simulator can ask for: models of the catalogue on devices of
 * the catalogue for `stepTime: { type: model }`, and ReaLLM's kernels for `engine: reallm`.
 * @param readText reads a file that a configuration names
 */
export function servingOptions(readText: PrepareOptions['readText']): PrepareOptions {
  return { readText, resolveModel: servingModels({ readText }), reallmKernels: reallmModels }
}
