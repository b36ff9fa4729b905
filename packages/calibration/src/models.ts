// Every latency model by name. Adding one is adding a file that implements `LatencyModel`, and a line here.

import { type LatencyModel, PerfModelError, roofline, tile } from '@flowsim/perf-model'
import { didYouMean } from '@flowsim/trace-schema'
import { calibrated } from './calibrated/calibrated.js'

/** Every model that needs no data of the user's, by name. */
export const MODELS: Readonly<Record<string, LatencyModel>> = { roofline, tile, calibrated }

/**
 * The model of a name.
 * @throws PerfModelError `unknown_model` for a name that {@link MODELS} does not have
 */
export function getModel(name: string): LatencyModel {
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (model !== undefined) return model
  throw new PerfModelError(
    'unknown_model',
    `model: "${name}" is not known; known are ${Object.keys(MODELS).join(', ')}${didYouMean(name, Object.keys(MODELS))}`,
    'model',
  )
}
