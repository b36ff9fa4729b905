// How a configuration says in which formats weights and KV cache are.
import { type DtypeOptions, SCHEME_NAMES, type SchemeName } from '@flowsim/model-graph'
import { ServingError, type SourcePlace } from '@flowsim/serving-sim'
import type { Dtype } from '@flowsim/trace-schema'

/** A scheme for all linear layers, or one for each kind of them. */
export type Precision = string | Partial<Record<string, string>>

/** A precision as one text, parts in the order of their names; null: as in the checkpoint. */
export function precisionText(precision: Precision | undefined): string | null {
  if (precision === undefined || typeof precision === 'string') return precision ?? null
  const parts = Object.entries(precision).sort(([a], [b]) => (a < b ? -1 : 1))
  return parts.map(([part, scheme]) => `${part} ${scheme}`).join(', ')
}

/** The schemes of a precision. @throws ServingError `invalid_config` */
export function schemesOf(
  precision: Precision,
  place: SourcePlace,
): NonNullable<DtypeOptions['weights']> {
  if (typeof precision === 'string') return schemeOf(precision, place)
  return Object.fromEntries(
    Object.entries(precision).map(([part, name]) => [part, schemeOf(name!, place)]),
  )
}

/** `fp4` as devices with FP4 units run it, and the names of schemes with dashes. */
function schemeOf(precision: string, place: SourcePlace): SchemeName {
  const name = precision.toLowerCase().replaceAll('-', '_')
  const scheme = name === 'fp4' ? 'nvfp4' : name
  if ((SCHEME_NAMES as readonly string[]).includes(scheme)) return scheme as SchemeName
  throw new ServingError(
    'invalid_config',
    `precision "${precision}" is not known; known are ${SCHEME_NAMES.join(', ')}`,
    place,
  )
}

const KV_DTYPES: Readonly<Record<string, Dtype>> = {
  fp8: 'fp8_e4m3',
  fp8_e4m3: 'fp8_e4m3',
  fp8_e5m2: 'fp8_e5m2',
  bf16: 'bf16',
  fp16: 'fp16',
  int8: 'int8',
}

/** The element type of a KV cache. @throws ServingError `invalid_config` */
export function kvDtype(precision: string, place: SourcePlace): Dtype {
  const dtype = Object.hasOwn(KV_DTYPES, precision) ? KV_DTYPES[precision] : undefined
  if (dtype !== undefined) return dtype
  throw new ServingError(
    'invalid_config',
    `kvPrecision "${precision}" is not known; known are ${Object.keys(KV_DTYPES).join(', ')}`,
    place,
  )
}
