// Reads how a checkpoint is quantised: `quantization_config` of a config.json, or ModelOpt's
// hf_quant_config.json beside it. Of the lists of modules that stay as they are, only those that speak of all
// layers, or of at least half of them, count; patterns are looked at, not executed.
import type { Dtype } from '@flowsim/trace-schema'
import type { Quantization, SchemeName } from '../quantization.js'
import { quantizeLinears } from '../quantization.js'
import { Fields } from './fields.js'
import { readScheme, schemeOfAlgorithm } from './quantization-scheme.js'
import { excludedParts, partOf } from './quantized-modules.js'

/**
 * The quantisation that a configuration describes; null where it describes none.
 * @param beside - the parsed hf_quant_config.json, if there is one
 */
export function readQuantization(
  config: Fields,
  layers: number,
  beside?: unknown,
): Quantization | null {
  const own = config.object('quantization_config')
  const fields = own ?? modelOptFields(beside, config.source)
  if (fields === undefined) return null
  const kv = readKv(fields)
  const parts = readParts(config, fields, layers)
  if (parts === undefined && kv === undefined) return null
  return { parts: parts ?? {}, ...(kv === undefined ? {} : { kv }) }
}

/** hf_quant_config.json holds the same fields under `quantization`. */
function modelOptFields(beside: unknown, source: string): Fields | undefined {
  if (beside === undefined) return undefined
  const root = new Fields(beside, `${source}, hf_quant_config.json`)
  return root.object('quantization') ?? root
}

function readParts(
  config: Fields,
  fields: Fields,
  layers: number,
): Quantization['parts'] | undefined {
  const method = fields.text('quant_method')?.toLowerCase()
  if (method === 'mxfp4') return { experts: 'mxfp4' }
  const mixed = fields.text('quant_algo')?.toUpperCase() === 'MIXED_PRECISION'
  const base = mixed ? baseScheme(fields) : readScheme(fields)
  if (base === undefined && !mixed) return undefined
  const parts = base === undefined ? {} : quantizeLinears(base)
  // In a mixed checkpoint modules that the second scheme leaves alone keep the first.
  if (!mixed) for (const part of excludedParts(fields, layers)) delete parts[part]
  return { ...parts, ...(mixed ? layerSchemes(fields) : {}), ...expertScheme(config) }
}

/** The scheme of what MIXED_PRECISION does not list: that of the checkpoint which it was made from. */
function baseScheme(fields: Fields): SchemeName | undefined {
  if (fields.text('quant_method') !== 'fp8') return undefined
  return fields.has('weight_block_size') ? 'fp8_block' : 'fp8'
}

/** The scheme that most layers of each part have in `quantized_layers`. */
function layerSchemes(fields: Fields): Quantization['parts'] {
  const listed = fields.object('quantized_layers')
  const counts = new Map<string, number>()
  for (const name of listed?.keys() ?? []) {
    const part = partOf(name)
    const algorithm = listed!.object(name)?.text('quant_algo')
    if (part === undefined || algorithm === undefined) continue
    const key = `${part} ${schemeOfAlgorithm(fields, algorithm)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const ascending = [...counts].sort(([, a], [, b]) => a - b).map(([key]) => key.split(' '))
  const experts = fields.text('moe_quant_algo')
  return {
    ...(experts === undefined ? {} : { experts: schemeOfAlgorithm(fields, experts) }),
    ...Object.fromEntries(ascending),
  }
}

/** DeepSeek-V4 names the type of its experts apart: FP4 in blocks of 32, multiplied in FP8. */
function expertScheme(config: Fields): Quantization['parts'] {
  const quantized = config.object('quantization_config')
  const own =
    config.text('expert_dtype') === 'fp4' && !quantized!.has('quantized_layers', 'moe_quant_algo')
  return own ? { experts: 'mxfp4_mxfp8' } : {}
}

/** KV cache: ModelOpt's algorithm, a scheme with its bits, or the scheme's name. */
function readKv(fields: Fields): Dtype | undefined {
  const scheme = fields.raw('kv_cache_scheme')
  const named =
    fields.text('kv_cache_quant_algo') ?? (typeof scheme === 'string' ? scheme : undefined)
  const name = named?.toUpperCase()
  if (name !== undefined) {
    if (name.startsWith('FP8')) return 'fp8_e4m3'
    if (name === 'NVFP4' || name === 'FP4') return 'fp4_e2m1'
    if (name === 'INT8') return 'int8'
    if (name === 'NONE' || name === 'AUTO') return undefined
    throw fields.fault(
      named === scheme ? 'kv_cache_scheme' : 'kv_cache_quant_algo',
      `"${named}" is not known; FP8, INT8 and NVFP4 are`,
      'unknown_quantization',
    )
  }
  if (scheme === undefined) return undefined
  const nested = fields.object('kv_cache_scheme')!
  const bits = nested.optionalSize('num_bits')
  if (bits === 4) return 'fp4_e2m1'
  if (bits !== 8) return undefined
  return nested.text('type') === 'int' ? 'int8' : 'fp8_e4m3'
}
