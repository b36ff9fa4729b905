// Multi-token prediction from the fields of a configuration: layers that a draft of further tokens runs.

import type { Architecture } from '../families/family.js'
import type { LayerKind, Predictor } from '../model.js'
import type { Fields } from './fields.js'

const DEPTH = [
  'num_nextn_predict_layers',
  'mtp_num_hidden_layers',
  'num_mtp_modules',
  'num_mtp_layers',
  'mtp_transformer_layers',
] as const

/**
 * The layers of multi-token prediction, if any. They are like the last layer that attends to keys, unless
 * the configuration lists their blocks (Nemotron).
 */
export function readPredictor(
  fields: Fields,
  traits: Architecture,
  kinds: readonly LayerKind[],
  hidden: number,
): Predictor | undefined {
  // A default says what a class can hold, not what a checkpoint has.
  const name = DEPTH.find((each) => fields.states(each))
  const depth = name === undefined ? 0 : fields.count(0, name)
  if (depth === 0) return undefined
  const own = traits.predictorKinds?.(fields, hidden)
  const last =
    kinds.findLast(({ mixer }) => ['attention', 'mla', 'compressed'].includes(mixer.type)) ??
    kinds.at(-1)!
  return { depth, kinds: own ?? [last], separate: depth > 1 }
}
