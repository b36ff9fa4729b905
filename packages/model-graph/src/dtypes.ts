// The element types of a step: what the model's own quantisation says, and what the caller wants.
import type { Dtype } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { ModelGraphError } from './errors.js'
import type { ModelConfig } from './model.js'
import {
  isSchemeName,
  type LinearScheme,
  linearScheme,
  quantizeLinears,
  SCHEME_NAMES,
  type SchemeName,
  type WeightPart,
} from './quantization.js'

/** Element types that differ from the model's own. */
export interface DtypeOptions {
  /** Activations, and weights that are not quantised. */
  activations?: Dtype
  /** One scheme for all linear layers of the decoder, or one for each kind of them. */
  weights?: SchemeName | Partial<Record<WeightPart, SchemeName>>
  /** KV cache. */
  kv?: Dtype
  /** Queries, keys and values inside the attention kernel; `activations` if absent. */
  attention?: Dtype
}

/** The element types of a step, all known. */
export interface StepDtypes {
  activations: Dtype
  kv: Dtype
  attention: Dtype
  /** How each kind of weight is stored and multiplied. */
  parts: Record<WeightPart, LinearScheme>
}

const PARTS: WeightPart[] = ['attention', 'mlp', 'shared', 'experts', 'head']

/**
 * The element types of a step.
 * @param options - a scheme for all linear layers, or the types one by one; absent: the model's own
 * @throws {@link ModelGraphError} `invalid_option` for a scheme that is not known
 */
export function stepDtypes(
  model: ModelConfig,
  options: DtypeOptions | SchemeName = {},
): StepDtypes {
  const wanted: DtypeOptions = typeof options === 'string' ? { weights: options } : options
  const plainType = plainDtype(wanted.weights)
  const activations = wanted.activations ?? plainType ?? model.dtype
  const named =
    wanted.weights === undefined
      ? (model.quantization?.parts ?? {})
      : typeof wanted.weights === 'string'
        ? quantizeLinears(known(wanted.weights))
        : { ...model.quantization?.parts, ...wanted.weights }
  const plain: LinearScheme = { weight: activations, scaleBytesPerWeight: 0 }
  const parts = Object.fromEntries(
    PARTS.map((part) => {
      const name = named[part]
      return [part, name === undefined ? plain : linearScheme(known(name))]
    }),
  ) as Record<WeightPart, LinearScheme>
  return {
    activations,
    kv: wanted.kv ?? model.quantization?.kv ?? activations,
    attention: wanted.attention ?? activations,
    parts,
  }
}

/** The same types with no part quantised. */
export function plainDtypes(dtypes: StepDtypes): StepDtypes {
  const plain: LinearScheme = { weight: dtypes.activations, scaleBytesPerWeight: 0 }
  const parts = Object.fromEntries(PARTS.map((part) => [part, plain]))
  return { ...dtypes, parts: parts as StepDtypes['parts'] }
}

/** The activations that a scheme without quantisation implies: `fp16` means fp16 throughout. */
function plainDtype(weights: DtypeOptions['weights']): Dtype | undefined {
  if (weights === 'bf16' || weights === 'fp16' || weights === 'fp32') return weights
  return undefined
}

function known(name: string): SchemeName {
  if (isSchemeName(name)) return name
  throw new ModelGraphError(
    'invalid_option',
    `dtypes.weights: "${name}" is not known; ${SCHEME_NAMES.join(', ')} are`,
    { path: 'dtypes.weights' },
  )
}

/** Bytes of one weight, scales included. */
export function weightBytes(scheme: LinearScheme): number {
  return dtypeBytes(scheme.weight) + scheme.scaleBytesPerWeight
}
