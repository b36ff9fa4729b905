// Softmax attention and latent attention from the fields of a configuration.
import type { AttentionMixer } from '../blocks/attention.js'
import type { Indexer } from '../blocks/indexer.js'
import type { LatentAttentionMixer } from '../blocks/latent-attention.js'
import type { Architecture, LayerContext } from '../families/family.js'
import type { Fields } from './fields.js'
import { HEAD_DIM, HEADS, KV_HEADS } from './names.js'

/** The attention of a layer: latent where the configuration has a rank of keys and values. */
export function readAnyAttention(context: LayerContext): AttentionMixer | LatentAttentionMixer {
  return context.fields.has('kv_lora_rank') ? readLatent(context) : readAttention(context)
}

/** Softmax attention. */
export function readAttention(context: LayerContext): AttentionMixer {
  const { fields, traits, hidden, layer, type } = context
  const local = type === 'local' || type === 'chunked'
  const heads = headsOf(context)
  const headDim =
    (local ? fields.optionalSize('swa_head_dim') : undefined) ??
    fields.optionalSizeAt(layer, ...HEAD_DIM) ??
    hidden / heads
  if (!Number.isInteger(headDim)) {
    throw fields.fault(
      'num_attention_heads',
      `${heads} does not divide hidden_size ${hidden}; give head_dim`,
    )
  }
  const kvHeads = kvHeadsOf(context, heads)
  if (heads % kvHeads !== 0) {
    throw fields.fault('num_key_value_heads', `${kvHeads} does not divide ${heads} heads`)
  }
  const valueDim =
    (local ? fields.optionalSize('swa_v_head_dim') : undefined) ??
    fields.optionalSize('v_head_dim') ??
    headDim
  const qkNorm = qkNormOf(fields, traits)
  const gated = traits.outputGate !== undefined && fields.flag('attn_output_gate', true)
  return {
    type: 'attention',
    heads,
    kvHeads,
    headDim,
    ...(valueDim === headDim ? {} : { valueDim }),
    rotaryDim: rotaryDim(context, headDim),
    ...(type === 'local' ? { window: windowOf(fields) } : {}),
    ...(type === 'chunked' ? { chunk: fields.size('attention_chunk_size', 'sliding_window') } : {}),
    ...(qkNorm === undefined ? {} : { qkNorm }),
    ...(gated ? { outputGate: traits.outputGate! } : {}),
    qkvBias: said(fields, traits.qkvBias),
    outBias: said(fields, traits.outBias),
    ...(traits.sinks === true ? { sinks: true } : {}),
    ...(traits.bidirectional === true ? { bidirectional: true } : {}),
  }
}

/** Query heads of a layer; local ones have their own number in some families. */
export function headsOf({ fields, layer, type }: LayerContext): number {
  const local = type === 'local' || type === 'chunked'
  const own = local
    ? fields.optionalSize('num_sliding_attention_heads', 'swa_num_attention_heads')
    : undefined
  const heads = own ?? fields.optionalSizeAt(layer, ...HEADS)
  if (heads === undefined)
    throw fields.fault(HEADS[0], 'is missing; a positive integer belongs here')
  return heads
}

function kvHeadsOf({ fields, layer, type }: LayerContext, heads: number): number {
  if (fields.flag('multi_query', false) && !fields.states(...KV_HEADS)) return 1
  const local = type === 'local' || type === 'chunked'
  const own = local ? fields.optionalSize('swa_num_key_value_heads') : undefined
  return own ?? fields.optionalSizeAt(layer, ...KV_HEADS) ?? heads
}

function windowOf(fields: Fields): number {
  return fields.size('sliding_window', 'sliding_window_size', 'window_size', 'attention_chunk_size')
}

/** Latent attention. */
export function readLatent(context: LayerContext): LatentAttentionMixer {
  const { fields, traits } = context
  const indexer = readIndexer(context)
  return {
    type: 'mla',
    heads: headsOf(context),
    queryRank: fields.optionalSize('q_lora_rank') ?? null,
    kvRank: fields.size('kv_lora_rank'),
    nopeDim: fields.size('qk_nope_head_dim'),
    ropeDim: fields.count(0, 'qk_rope_head_dim'),
    valueDim: fields.optionalSize('v_head_dim') ?? fields.size('qk_nope_head_dim'),
    ...(indexer === undefined ? {} : { indexer }),
    qkvBias: said(fields, traits.qkvBias),
    ...(traits.outputGate === undefined ? {} : { outputGate: true }),
    ...(traits.sinks === true ? { sinks: true } : {}),
  }
}

/** The scorer of sparse attention, if any; some layers take the selection of one before. */
export function readIndexer({ fields, layer }: LayerContext): Indexer | undefined {
  const heads = fields.optionalSize('index_n_heads')
  if (heads === undefined) return undefined
  return {
    heads,
    headDim: fields.size('index_head_dim'),
    topk: fields.size('index_topk'),
    ...(fields.has('index_kpool') ? { pool: fields.size('index_kpool') } : {}),
    ...(sharesSelection(fields, layer) ? { shared: true } : {}),
  }
}

/** GLM-5.2: only every n-th layer scores, after the first few. transformers, models/glm_moe_dsa. */
function sharesSelection(fields: Fields, layer: number): boolean {
  const named = fields.raw('indexer_types')
  if (Array.isArray(named)) return named[layer] === 'shared'
  const pattern = fields.text('index_topk_pattern')
  if (pattern !== undefined) return pattern.charAt(layer) === 'S'
  const every = fields.optionalSize('index_topk_freq') ?? 1
  const offset = fields.count(2, 'index_skip_topk_offset')
  return Math.max(layer - offset + 1, 0) % every !== 0
}

function rotaryDim({ fields, traits, layer, type }: LayerContext, headDim: number): number {
  if (traits.positions !== undefined) return 0
  if (traits.unrotatedFull === true && type === 'full') return 0
  const unrotated = fields.raw('no_rope_layers')
  if (Array.isArray(unrotated) && unrotated[layer] === 0) return 0
  const explicit = fields.optionalSize('rotary_dim')
  if (explicit !== undefined) return Math.min(explicit, headDim)
  const fallback = traits.rotaryByDefault ?? 1
  const nested = fields.object('rope_parameters')
  const ofType = nested?.object(type === 'full' ? 'full_attention' : 'sliding_attention') ?? nested
  const share = ofType?.has('partial_rotary_factor')
    ? ofType.fraction(fallback, 'partial_rotary_factor')
    : fields.fraction(fallback, 'partial_rotary_factor', 'rotary_pct', 'rope_pct')
  return 2 * Math.round((share * headDim) / 2)
}

function qkNormOf(fields: Fields, traits: Architecture): 'head' | 'layer' | undefined {
  if (typeof traits.qkNorm !== 'object') return traits.qkNorm
  if (!fields.flag(traits.qkNorm.field, traits.qkNorm.style === 'layer')) return undefined
  return fields.text('qk_norm_type') === 'per_head' ? 'head' : traits.qkNorm.style
}

/** A fact that is known, or that a field states. */
export function said(fields: Fields, trait: boolean | string | undefined): boolean {
  return typeof trait === 'string' ? fields.flag(trait, false) : (trait ?? false)
}
