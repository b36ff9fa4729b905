// Reads a Hugging Face config.json. What a family's files leave unsaid stands in ../families; what a
// field is called in each family stands in names.ts.
import { parseDtype } from '@flowsim/trace-schema'
import { ModelGraphError } from '../errors.js'
import type { Architecture } from '../families/family.js'
import { findArchitecture, publishedDefaults } from '../families/list.js'
import type { LayerKind, ModelConfig } from '../model.js'
import { Fields } from './fields.js'
import { HIDDEN, LAYERS, POSITIONS, VOCAB } from './names.js'
import { said } from './read-attention.js'
import { readLayers } from './read-layers.js'
import { readPredictor } from './read-predictor.js'
import { readQuantization } from './read-quantization.js'
import { readTowers } from './read-towers.js'

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
  /** Size of the vocabulary where the configuration leaves it out, as the checkpoint's table has it. */
  vocab?: number
  /** The parsed `hf_quant_config.json` beside it, as ModelOpt writes it. */
  quantization?: unknown
}

/**
 * Reads the architecture of a model from a Hugging Face `config.json`.
 * @param config - the parsed file
 * @throws {@link ModelGraphError} `unknown_architecture` for a `model_type` that is not known,
 *   `invalid_config` for a field that is missing or wrong, `unknown_quantization` for a
 *   `quantization_config` that is not known
 */
export function readModel(config: unknown, options: ReadModelOptions): ModelConfig {
  const { source } = options
  const root = new Fields(config, source)
  const outer = root.object('thinker_config') ?? root
  const inner = textConfig(outer)
  const { type, traits, defaults, of } = architecture(outer, inner, options.generic ?? false)
  const stated = inner === undefined ? outer : outer.merged(inner)
  const normalized =
    traits.normalize === undefined
      ? stated
      : new Fields(traits.normalize(stated.values), source, stated.path)
  const table = options.vocab === undefined ? {} : { vocab_size: options.vocab }
  const known = normalized.withDefaults({ ...defaults, ...table }, of)
  const { shape, fields } = readShape(known, traits, outer, inner, options.generic ?? false)
  const layers = shape.layers.length
  const towers = readTowers(outer, shape.hidden)
  const path = root.text('_name_or_path')
  const quantization = readQuantization(fields, layers, options.quantization)
  return {
    name: options.name ?? (path !== undefined && path !== '' ? path : source),
    architecture: type,
    ...shape,
    ...(towers.read.length === 0 ? {} : { towers: towers.read }),
    dtype: dtypeOf(fields),
    quantization,
    assumed: [...fields.assumed, ...towers.assumed],
    ignored: [...towers.ignored, ...(root.has('talker_config') ? ['talker'] : [])],
  }
}

/**
 * The shape by the family's own reading; where that fails and the generic one was asked for, by that.
 */
function readShape(
  fields: Fields,
  traits: Architecture,
  outer: Fields,
  inner: Fields | undefined,
  generic: boolean,
): { shape: ModelShape; fields: Fields } {
  try {
    const shape = traits.model?.(fields) ?? readDecoder(fields, traits, outer, inner)
    return { shape, fields }
  } catch (error) {
    if (!generic || !(error instanceof ModelGraphError)) throw error
    const plain = fields.withDefaults({}, '')
    plain.assume(`read as a Llama-like decoder, because ${error.message}`)
    return { shape: readDecoder(plain, GENERIC, outer, inner), fields: plain }
  }
}

/** What the generic reading takes for granted. */
const GENERIC: Architecture = { qkvBias: 'attention_bias' }

/** What a family's configuration says besides names, element types and what was assumed. */
export type ModelShape = Omit<
  ModelConfig,
  'name' | 'architecture' | 'dtype' | 'quantization' | 'assumed' | 'ignored' | 'towers'
>

function readDecoder(
  fields: Fields,
  traits: Architecture,
  outer: Fields,
  inner: Fields | undefined,
): ModelShape {
  if (fields.states('is_encoder_decoder') && fields.flag('is_encoder_decoder', false)) {
    throw fields.fault('is_encoder_decoder', 'is true, but this family is read as a decoder')
  }
  const layers = countLayers(fields)
  const hidden = fields.size(...HIDDEN)
  const kinds = readLayers(fields, traits, layers, hidden)
  const { positions = 'rotary' } = traits
  const maxPositions = fields.optionalSize(...POSITIONS) ?? null
  if (maxPositions === null && positions === 'learned') throw fields.fault(POSITIONS[0], MISSING)
  const embeddingDim = fields.optionalSize('word_embed_proj_dim', 'embedding_size') ?? hidden
  const predictor = readPredictor(fields, traits, kinds, hidden)
  const extras = traits.extras?.(fields)
  const others = traits.others?.(fields, hidden) ?? []
  return {
    hidden,
    vocab: fields.size(...VOCAB),
    ...(embeddingDim === hidden ? {} : { embeddingDim }),
    maxPositions,
    ...sharedKinds(kinds),
    ...(extras === undefined ? {} : { extras }),
    norm: traits.norm ?? 'rmsnorm',
    normBias: traits.normBias ?? false,
    residual:
      traits.residual === 'parallel' && !fields.flag('use_parallel_residual', true)
        ? 'sequential'
        : (traits.residual ?? 'sequential'),
    positions,
    tiedEmbeddings: isTied(fields, traits, outer, inner),
    head: traits.head ?? (isHeadless(outer) ? 'none' : 'lm'),
    headBias: said(fields, traits.headBias),
    ...(others.length === 0 ? {} : { others }),
    ...(predictor === undefined ? {} : { predictor }),
  }
}

const MISSING = 'is missing; a positive integer belongs here'

function countLayers(fields: Fields): number {
  const stated = fields.optionalSize(...LAYERS)
  const listed = ['layers_block_type', 'layer_types', 'hybrid_override_pattern']
    .map((name) => fields.raw(name))
    .find((value) => Array.isArray(value) || typeof value === 'string')
  const layers = fields.states(...LAYERS) ? stated : ((listed as unknown[])?.length ?? stated)
  if (layers === undefined || layers === 0) throw fields.fault(LAYERS[0], MISSING)
  if (layers > 10_000) throw fields.fault(LAYERS[0], `${layers} is above 10000`)
  return layers
}

/** Equal kinds once, and the index of each layer's. */
export function sharedKinds(kinds: readonly LayerKind[]): {
  layerKinds: LayerKind[]
  layers: number[]
} {
  const known = new Map<string, number>()
  const layerKinds: LayerKind[] = []
  const layers = kinds.map((kind) => {
    const key = JSON.stringify(kind)
    let index = known.get(key)
    if (index === undefined) {
      index = layerKinds.push(kind) - 1
      known.set(key, index)
    }
    return index
  })
  return { layerKinds, layers }
}

function isTied(
  fields: Fields,
  traits: Architecture,
  outer: Fields,
  inner: Fields | undefined,
): boolean {
  const name = 'tie_word_embeddings'
  if (outer.states(name)) return outer.flag(name, false)
  if (inner?.states(name) === true) return inner.flag(name, false)
  return traits.tiedByDefault ?? fields.flag(name, false)
}

/** `Qwen3Model` has no LM head, `Qwen3ForCausalLM` has. */
function isHeadless(outer: Fields): boolean {
  const [name] = classNames(outer)
  return (
    name !== undefined && /(Model|ForSequenceClassification|ForTokenClassification)$/.test(name)
  )
}

function classNames(fields: Fields): string[] {
  const names = fields.raw('architectures')
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

function dtypeOf(fields: Fields): ModelConfig['dtype'] {
  const name = fields.text('torch_dtype', 'dtype') ?? 'bfloat16'
  const dtype = parseDtype(name)
  if (dtype !== undefined) return dtype
  throw fields.fault('torch_dtype', `"${name}" is not an element type`)
}

/** The part of a multimodal configuration that describes the language model. */
function textConfig(outer: Fields): Fields | undefined {
  for (const name of ['text_config', 'language_config', 'llm_config', 'language_model']) {
    const raw = outer.raw(name)
    if (typeof raw === 'object' && raw !== null) return outer.object(name)
  }
  return undefined
}

interface Found {
  type: string
  traits: Architecture
  /** Values of fields that the file may leave out, and whose they are. */
  defaults: Readonly<Record<string, unknown>>
  of: string
}

function architecture(outer: Fields, inner: Fields | undefined, generic: boolean): Found {
  const names = [inner?.text('model_type'), outer.text('model_type')].filter(
    (name) => name !== undefined && name !== '',
  ) as string[]
  const known = [...names, ...classNames(outer).map(snakeCase)]
    .map((name) => findArchitecture(name))
    .filter((found) => found !== undefined)
  const [first] = known
  if (first !== undefined) {
    // The wrapper's own values hold before those of the model in it.
    const defaults = Object.assign(
      {},
      publishedDefaults(first.type),
      ...known.map(({ traits }) => traits.defaults),
    ) as Record<string, unknown>
    return { type: first.type, traits: first.traits, defaults, of: first.type }
  }
  if (generic) {
    const type = names[0]?.toLowerCase().replace(/-/g, '_') ?? 'generic'
    return { type, traits: GENERIC, defaults: {}, of: type }
  }
  const [name] = names
  const where = (inner?.text('model_type') !== undefined ? inner : undefined) ?? outer
  throw where.fault(
    'model_type',
    name === undefined
      ? 'is missing; name one such as "llama", or ask for the generic reading (--generic, generic: true)'
      : `"${name}" is not known; ask for the generic reading (--generic, generic: true) if a Llama-like decoder fits`,
    'unknown_architecture',
  )
}

/** `DeepseekV3ForCausalLM` is a `deepseek_v3`. */
function snakeCase(className: string): string {
  return className
    .replace(/(For[A-Z]\w*|Model|LMHeadModel)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
