// The models of the package by name. Adding one is adding a file and a line.
import { PerfModelError } from './errors.js'
import type { LatencyModel } from './model.js'
import { calibrated } from './models/calibrated/calibrated.js'
import { roofline } from './models/roofline.js'
import { tile } from './models/tile/model.js'

/** Every model that needs no data of the user's, by name. */
export const MODELS: Readonly<Record<string, LatencyModel>> = { roofline, tile, calibrated }

/**
 * The model of a name.
 * @throws PerfModelError `unknown_model` for a name that is none of {@link MODELS}
 */
export function getModel(name: string): LatencyModel {
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (model !== undefined) return model
  throw new PerfModelError(
    'unknown_model',
    `model: "${name}" is none of ${Object.keys(MODELS).join(', ')}`,
    'model',
  )
}
