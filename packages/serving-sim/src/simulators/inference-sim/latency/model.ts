// Models and devices as inference-sim's latency models see them: a Hugging Face `config.json` and
// an entry of `hardware_config.json`.
import { readField } from '../../../config/json-fields.js'
import { ServingError } from '../../../errors.js'

/** A model, in the quantities of inference-sim's formulas. */
export interface InferenceSimModel {
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  /** Width of the dense feed-forward block; 0: four times `hidden`. */
  intermediate: number
  bytesPerParameter: number
  /** Bytes of a stored weight, less than `bytesPerParameter` where quantised. */
  weightBytes: number
  /** Routed experts; below 2: a dense model. */
  experts: number
  expertsPerToken: number
  /** Width of a routed expert; 0: `intermediate`. */
  expertIntermediate: number
  /** Width of all shared experts together. */
  sharedIntermediate: number
  /** Dense layers between two of experts; 0: all layers have experts. */
  interleaveStep: number
  /** Width of the dense layers of an interleaved model; 0: `intermediate`. */
  denseIntermediate: number
}

/** A device, in the units of `hardware_config.json`. */
export interface InferenceSimHardware {
  TFlopsPeak: number
  TFlopsFP8: number
  BwPeakTBs: number
  mfuPrefill: number
  mfuDecode: number
  MemoryGiB: number
}

const BYTES: Record<string, number> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  fp8: 1,
  int4: 1,
  nf4: 1,
}

type Json = Record<string, unknown>

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

const positive = (config: Json, ...names: string[]): number => {
  for (const name of names) {
    const value = config[name]
    if (typeof value === 'number' && value > 0) return value
  }
  return 0
}

/** Bytes of a stored weight by the `quantization_config`, undefined where it says nothing. */
function quantisedBytes(config: Json): number | undefined {
  const quantisation = object(config.quantization_config)
  if (typeof quantisation.bits === 'number' && quantisation.bits > 0) return quantisation.bits / 8
  if (quantisation.quant_method === 'fp8') return 1
  if (quantisation.quant_method === 'compressed-tensors') {
    const groups = object(quantisation.config_groups)
    for (const name of Object.keys(groups).sort()) {
      const bits = object(object(groups[name]).weights).num_bits
      if (typeof bits === 'number' && bits > 0) return bits / 8
    }
  }
  return undefined
}

/**
 * Reads a Hugging Face `config.json` by inference-sim's rules.
 * @param source name of the input, for errors
 * @throws ServingError `invalid_config` if layers, width or heads are missing
 */
export function inferenceSimModel(json: unknown, source?: string): InferenceSimModel {
  const config: Json = { ...object(json), ...object(object(json).text_config) }
  const required = (name: string) => readField(config, name, source)
  const heads = required('num_attention_heads')
  const intermediate = positive(config, 'intermediate_size', 'ffn_hidden_size')
  const expertIntermediate = positive(config, 'moe_intermediate_size')
  const dtype = String(config.torch_dtype ?? config.dtype ?? '')
  const bytesPerParameter = BYTES[dtype] ?? 0
  if (bytesPerParameter === 0) {
    const message = `torch_dtype "${dtype}" is not one of ${Object.keys(BYTES).join(', ')}`
    throw new ServingError('invalid_config', message, source === undefined ? {} : { source })
  }
  const sharedCount = positive(config, 'n_shared_experts')
  return {
    layers: required('num_hidden_layers'),
    hidden: required('hidden_size'),
    heads,
    kvHeads:
      positive(config, 'num_key_value_heads', 'num_kv_heads', 'multi_query_group_num') || heads,
    intermediate,
    bytesPerParameter,
    weightBytes: quantisedBytes(config) ?? bytesPerParameter,
    experts:
      [
        'num_experts',
        'moe_num_experts',
        'n_routed_experts',
        'num_local_experts',
        'num_routed_experts',
      ]
        .map((name) => positive(config, name))
        .find((count) => count >= 2) ?? 0,
    expertsPerToken: positive(config, 'num_experts_per_tok'),
    expertIntermediate,
    sharedIntermediate:
      positive(config, 'shared_expert_intermediate_size') ||
      sharedCount * (expertIntermediate || intermediate),
    interleaveStep: positive(config, 'interleave_moe_layer_step'),
    denseIntermediate: positive(config, 'intermediate_size_mlp'),
  }
}

/** Layers with experts and layers without. */
export function layerSplit(model: InferenceSimModel): { moe: number; dense: number } {
  if (model.experts < 2) return { moe: 0, dense: model.layers }
  if (model.interleaveStep === 0) return { moe: model.layers, dense: 0 }
  const moe = Math.floor(model.layers / (model.interleaveStep + 1))
  return { moe, dense: model.layers - moe }
}
