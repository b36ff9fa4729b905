// Reads a Hugging Face config.json. What a family's files leave unsaid stands in ../families; what a
// field is called in each family stands here. Vision and audio towers and multi-token prediction
// layers are left out and reported in `ignored`.
import { parseDtype } from '@flowsim/trace-schema'
import type { Architecture } from '../families/family.js'
import { findArchitecture } from '../families/list.js'
import type { LayerKind, ModelConfig } from '../model.js'
import { Fields } from './fields.js'
import { readLayers } from './read-layers.js'
import { readQuantization } from './read-quantization.js'

/** How {@link readModel} reads. */
export interface ReadModelOptions {
  /** Name of the input, for messages. */
  source: string
  /**
   * Read an unknown `model_type` as a Llama-like decoder: RMS norm, rotary positions, gated
   * feed-forward networks; experts, latent attention and windows where the fields are there.
   */
  generic?: boolean
  /** Name of the model; `_name_or_path` or the source if absent. */
  name?: string
}

/**
 * Reads the architecture of a decoder-only model from a Hugging Face `config.json`.
 * @param config - the parsed file
 * @throws {@link ModelGraphError} `unknown_architecture` for a `model_type` that is not known,
 *   `invalid_config` for a field that is missing or wrong, `unknown_quantization` for a
 *   `quantization_config` that is not known
 */
export function readModel(config: unknown, options: ReadModelOptions): ModelConfig {
  const { source } = options
  const outer = new Fields(config, source)
  const inner =
    outer.object('text_config') ?? outer.object('language_config') ?? outer.object('llm_config')
  const fields = inner === undefined ? outer : outer.merged(inner)
  const { type, traits } = architecture(outer, inner, options.generic ?? false)

  if (outer.flag('is_encoder_decoder', false)) {
    throw outer.fault('is_encoder_decoder', 'is true; only decoder-only models can be read')
  }
  const layers = fields.size('num_hidden_layers', 'n_layer', 'num_layers', 'n_layers')
  if (layers > 10_000) throw fields.fault('num_hidden_layers', `${layers} is above 10000`)
  const hidden = fields.size('hidden_size', 'n_embd', 'd_model', 'hidden_dim')
  const vocab = fields.size('vocab_size', 'padded_vocab_size', 'n_vocab')
  const kinds = new Map<string, { kind: LayerKind; index: number }>()
  const indices = readLayers(fields, traits, layers, hidden).map((kind) => {
    const key = JSON.stringify(kind)
    const known = kinds.get(key) ?? { kind, index: kinds.size }
    kinds.set(key, known)
    return known.index
  })
  const dtypeName = fields.text('torch_dtype', 'dtype') ?? 'bfloat16'
  const dtype = parseDtype(dtypeName)
  if (dtype === undefined) {
    throw fields.fault('torch_dtype', `"${dtypeName}" is no element type`)
  }
  const path = outer.text('_name_or_path')
  return {
    name: options.name ?? (path !== undefined && path !== '' ? path : source),
    architecture: type,
    hidden,
    vocab,
    maxPositions:
      fields.optionalSize('max_position_embeddings', 'n_positions', 'seq_length', 'n_ctx') ?? 2048,
    layerKinds: [...kinds.values()].map(({ kind }) => kind),
    layers: indices,
    norm: traits.norm ?? 'rmsnorm',
    normBias: traits.normBias ?? false,
    residual:
      traits.residual === 'parallel' && !fields.flag('use_parallel_residual', true)
        ? 'sequential'
        : (traits.residual ?? 'sequential'),
    positions: traits.positions ?? 'rotary',
    tiedEmbeddings: outer.flag(
      'tie_word_embeddings',
      fields.flag('tie_word_embeddings', traits.tiedByDefault ?? false),
    ),
    headBias: traits.headBias ?? false,
    dtype,
    quantization: readQuantization(fields, layers),
    ignored: leftOut(outer, fields),
  }
}

function architecture(
  outer: Fields,
  inner: Fields | undefined,
  generic: boolean,
): { type: string; traits: Architecture } {
  const names = [inner?.text('model_type'), outer.text('model_type')].filter(
    (name) => name !== undefined,
  )
  for (const name of names) {
    const known = findArchitecture(name)
    if (known !== undefined) return known
  }
  if (generic) {
    const type = names[0]?.toLowerCase().replace(/-/g, '_') ?? 'generic'
    return { type, traits: { qkvBias: 'attention_bias' } }
  }
  const [name] = names
  const where = (inner?.text('model_type') !== undefined ? inner : undefined) ?? outer
  throw where.fault(
    'model_type',
    name === undefined
      ? 'is missing; name one such as "llama", or ask for the generic reading'
      : `"${name}" is not known; ask for the generic reading (a Llama-like decoder) if that fits`,
    'unknown_architecture',
  )
}

function leftOut(outer: Fields, fields: Fields): string[] {
  const ignored: string[] = []
  if (outer.has('vision_config', 'visual')) ignored.push('vision tower')
  if (outer.has('audio_config')) ignored.push('audio tower')
  const predicted =
    fields.count('num_nextn_predict_layers', 0) +
    fields.count('mtp_num_hidden_layers', 0) +
    fields.count('num_mtp_modules', 0)
  if (predicted > 0) ignored.push(`multi-token prediction (${predicted} layers)`)
  return ignored
}
