// The scheme of a `quantization_config`: fp8, fbgemm_fp8, gptq, awq, mxfp4, mxfp8, bitsandbytes, quark,
// torchao, modelopt and compressed-tensors.
import type { SchemeName } from '../quantization.js'
import type { Fields } from './fields.js'

/** The scheme of the quantised modules; undefined where there is none. */
export function readScheme(fields: Fields): SchemeName | undefined {
  const method = fields.text('quant_method')?.toLowerCase()
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
    case 'auto-round':
      return integers(
        fields.size('bits', 'w_bit'),
        fields.optionalSize('group_size', 'q_group_size'),
      )
    case 'bitsandbytes':
      return fields.flag('load_in_4bit', false) ? 'int4' : 'int8_weight_only'
    case 'quark':
      return quarkScheme(fields)
    case 'compressed-tensors':
      return groupScheme(fields)
  }
  const algorithm = fields.text('quant_algo')
  if (algorithm !== undefined) return schemeOfAlgorithm(fields, algorithm)
  if (method === undefined && fields.has('config_groups')) return groupScheme(fields)
  if (method === 'modelopt' || method === undefined) return undefined
  if (/^(nvfp4|fp8_pb_wo|mxfp8)$/.test(method)) return schemeOfAlgorithm(fields, method)
  throw fields.fault(
    'quant_method',
    `"${method}" is not known; remove quantization_config and name the types of weights and KV cache yourself`,
    'unknown_quantization',
  )
}

/** ModelOpt's names of algorithms. */
export function schemeOfAlgorithm(fields: Fields, name: string): SchemeName {
  const algorithm = name.toUpperCase()
  if (algorithm.includes('NVFP4')) return algorithm.startsWith('W4A16') ? 'mxfp4' : 'nvfp4'
  if (algorithm.includes('MXFP4')) return 'mxfp4'
  if (algorithm.startsWith('MXFP8')) return 'fp8_block'
  if (algorithm.startsWith('W4A8')) return 'int4_fp8'
  if (algorithm.startsWith('W4A16') || algorithm.startsWith('INT4')) return 'int4'
  if (algorithm.startsWith('W8A16')) return 'int8_weight_only'
  if (/^(INT8|W8A8)/.test(algorithm)) return 'int8'
  if (algorithm.startsWith('FP8_PB')) return 'fp8_block'
  if (algorithm.startsWith('FP8_PER_CHANNEL')) return 'fp8_channel'
  if (algorithm.startsWith('FP8')) return 'fp8'
  throw fields.fault(
    'quant_algo',
    `"${name}" is not known; remove quantization_config and name the types yourself`,
    'unknown_quantization',
  )
}

function integers(bits: number, group = 128): SchemeName {
  if (bits > 4) return 'int8_weight_only'
  return group <= 32 ? 'int4_group32' : 'int4'
}

/** AMD's Quark: FP8 for tensors or channels, or FP4 in groups of 32. */
function quarkScheme(fields: Fields): SchemeName {
  const weight = fields.object('global_quant_config')?.object('weight')
  const dtype = weight?.text('dtype') ?? ''
  if (dtype.startsWith('fp4')) return 'mxfp4_mxfp8'
  if (dtype.startsWith('fp8')) {
    return weight?.text('qscheme') === 'per_channel' ? 'fp8_channel' : 'fp8'
  }
  if (dtype.startsWith('int4') || dtype.startsWith('uint4')) return 'int4'
  if (dtype.startsWith('int8')) return 'int8'
  throw fields.fault(
    'global_quant_config',
    `weights of type "${dtype}" are not known; fp8, fp4, int8 and int4 are`,
    'unknown_quantization',
  )
}

/** compressed-tensors: the first of its groups. */
function groupScheme(fields: Fields): SchemeName {
  const groups = fields.object('config_groups')
  const name = groups?.keys().sort()[0]
  const group = name === undefined ? undefined : groups?.object(name)
  const weights = group?.object('weights')
  if (group === undefined || weights === undefined) {
    throw fields.fault('config_groups', 'has no group with weights', 'unknown_quantization')
  }
  const bits = weights.size('num_bits')
  const size = weights.optionalSize('group_size')
  const inputs = group.object('input_activations')
  if (bits === 8) return eightBits(weights, inputs)
  if (bits !== 4) throw weights.fault('num_bits', `${bits} is not 4 or 8`, 'unknown_quantization')
  // Scales of one byte in groups of 32 are exponents: MXFP4; groups of 16 are NVFP4's.
  const exponents = weights.text('scale_dtype')?.includes('uint8') === true
  if (exponents || (isFloat(weights) && size === 32))
    return inputs === undefined ? 'mxfp4' : 'mxfp4_mxfp8'
  if (isFloat(weights) || size === 16) return 'nvfp4'
  return inputs === undefined ? integers(4, size) : 'int4_fp8'
}

function eightBits(weights: Fields, inputs: Fields | undefined): SchemeName {
  // Files cut short leave the type out: ModelOpt's eight bits are FP8.
  if (weights.text('type') === 'int') return inputs === undefined ? 'int8_weight_only' : 'int8'
  if (inputs === undefined) return 'fp8_weight_only'
  const strategy = weights.text('strategy')
  if (strategy === 'block') return 'fp8_block'
  return strategy === 'channel' ? 'fp8_channel' : 'fp8'
}

function isFloat(weights: Fields): boolean {
  return weights.text('type') === 'float'
}
