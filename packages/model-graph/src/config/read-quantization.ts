// Reads `quantization_config` of a config.json: fp8, fbgemm_fp8, gptq, awq, mxfp4, bitsandbytes,
// modelopt and compressed-tensors. Of the lists of modules that stay as they are, only those that
// speak of all layers, or of at least half of them, count; patterns are looked at, not executed.
import type { Dtype } from '@flowsim/trace-schema'
import type { Quantization, SchemeName, WeightPart } from '../quantization.js'
import { quantizeLinears } from '../quantization.js'
import type { Fields } from './fields.js'

/** The quantisation that a configuration describes; null where it describes none. */
export function readQuantization(config: Fields, layers: number): Quantization | null {
  const fields = config.object('quantization_config')
  if (fields === undefined) return null
  const scheme = readScheme(fields)
  if (scheme === undefined) return null
  const parts = quantizeLinears(scheme)
  for (const part of excluded(fields, layers)) delete parts[part]
  if (fields.text('quant_method') === 'mxfp4') {
    return { parts: { experts: scheme } }
  }
  const kv = readKv(fields)
  return kv === undefined ? { parts } : { parts, kv }
}

function readScheme(fields: Fields): SchemeName | undefined {
  const method = fields.text('quant_method') ?? fields.text('quant_algo')?.toLowerCase() ?? ''
  switch (method) {
    case 'fp8':
      return fields.has('weight_block_size') ? 'fp8_block' : 'fp8'
    case 'fbgemm_fp8':
      return 'fp8_channel'
    case 'mxfp4':
      return 'mxfp4'
    case 'gptq':
    case 'awq':
    case 'auto_round':
      return fields.size('bits', 'w_bit') <= 4 ? 'int4' : 'int8_weight_only'
    case 'bitsandbytes':
      return fields.flag('load_in_4bit', false) ? 'int4' : 'int8_weight_only'
    case 'modelopt':
    case 'fp8_pb_wo':
    case 'nvfp4':
      return modeloptScheme(fields, method)
    case 'compressed-tensors':
      return compressedScheme(fields)
  }
  throw fields.fault(
    'quant_method',
    `"${method}" is not known; remove quantization_config and name the types of weights and KV cache yourself`,
    'unknown_quantization',
  )
}

function modeloptScheme(fields: Fields, method: string): SchemeName {
  const algorithm = fields.text('quant_algo')?.toUpperCase() ?? method.toUpperCase()
  if (algorithm.includes('NVFP4')) return 'nvfp4'
  if (algorithm.startsWith('W4A8')) return 'int4_fp8'
  if (algorithm.startsWith('FP8_PB')) return 'fp8_block'
  if (algorithm.startsWith('FP8')) return 'fp8'
  throw fields.fault(
    'quant_algo',
    `"${algorithm}" is not known; remove quantization_config and name the types yourself`,
    'unknown_quantization',
  )
}

function compressedScheme(fields: Fields): SchemeName {
  const groups = fields.object('config_groups')
  const name = groups?.keys().sort()[0]
  const group = name === undefined ? undefined : groups?.object(name)
  const weights = group?.object('weights')
  if (group === undefined || weights === undefined) {
    throw fields.fault('config_groups', 'has no group with weights', 'unknown_quantization')
  }
  const bits = weights.size('num_bits')
  const float = weights.text('type') === 'float'
  const inputs = group.object('input_activations')
  if (float && bits === 8) {
    if (inputs === undefined) return 'fp8_weight_only'
    const strategy = weights.text('strategy')
    return strategy === 'block' ? 'fp8_block' : strategy === 'tensor' ? 'fp8' : 'fp8_channel'
  }
  if (float && bits === 4) return weights.optionalSize('group_size') === 32 ? 'mxfp4' : 'nvfp4'
  if (bits === 8) return inputs === undefined ? 'int8_weight_only' : 'int8'
  if (bits === 4) return inputs === undefined ? 'int4' : 'int4_fp8'
  throw weights.fault('num_bits', `${bits} is not 4 or 8`, 'unknown_quantization')
}

/** Parts whose weights keep the model's own type. */
function excluded(fields: Fields, layers: number): WeightPart[] {
  const lists = ['ignore', 'modules_to_not_convert', 'exclude_modules', 'ignored_layers']
  const patterns = lists
    .flatMap((name) => {
      const list = fields.raw(name)
      return Array.isArray(list) ? list : []
    })
    .filter((pattern) => typeof pattern === 'string')
  const layersOf = new Map<WeightPart, Set<string>>()
  for (const pattern of patterns) {
    const part = partOf(pattern)
    if (part === undefined) continue
    const one = /layers?\.(\d+)\./.exec(pattern)?.[1]
    const seen = layersOf.get(part) ?? new Set()
    seen.add(one ?? 'all')
    layersOf.set(part, seen)
  }
  return [...layersOf]
    .filter(([, seen]) => seen.has('all') || seen.size * 2 >= layers)
    .map(([part]) => part)
}

function partOf(pattern: string): WeightPart | undefined {
  if (/vision|visual/.test(pattern)) return undefined
  if (/attn|attention/.test(pattern)) return 'attention'
  if (/shared_expert/.test(pattern)) return 'shared'
  if (/experts/.test(pattern)) return 'experts'
  if (/(mlp|feed_forward).*(proj|w[123])/.test(pattern)) return 'mlp'
  return undefined
}

function readKv(fields: Fields): Dtype | undefined {
  const algorithm = fields.text('kv_cache_quant_algo')?.toUpperCase()
  const scheme = fields.object('kv_cache_scheme')
  if (algorithm === 'FP8' || scheme?.optionalSize('num_bits') === 8) return 'fp8_e4m3'
  if (algorithm === 'NVFP4' || algorithm === 'FP4') return 'fp4_e2m1'
  return undefined
}
