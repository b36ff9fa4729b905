// The kind of each layer: which mixer, which feed-forward network.
import type { Architecture, LayerType } from '../families/family.js'
import type { FeedForward, LayerKind, Mixer } from '../model.js'
import type { Fields } from './fields.js'

/** The kind of each layer of a model, first to last. */
export function readLayers(
  fields: Fields,
  traits: Architecture,
  layers: number,
  hidden: number,
): LayerKind[] {
  const types = layerTypes(fields, traits, layers)
  const dense = denseReader(fields, traits, hidden)
  const experts = expertReader(fields, traits)
  const sparse = traits.hasExperts?.(fields) ?? sparseLayers(fields, layers)
  const mixers = new Map<LayerType, Mixer>()
  const mixer = (layer: LayerType): Mixer => {
    const known = mixers.get(layer) ?? readMixer(fields, traits, layer, hidden)
    mixers.set(layer, known)
    return known
  }
  return types.map((layer, index) => ({
    mixer: mixer(layer),
    ffn: experts !== undefined && sparse(index) ? experts() : dense(),
  }))
}

function layerTypes(fields: Fields, traits: Architecture, layers: number): LayerType[] {
  const each = (of: (layer: number) => LayerType) => Array.from({ length: layers }, (_, i) => of(i))
  const named = fields.list('layer_types', layers)
  if (named !== undefined) {
    return each((layer) => {
      const name = named[layer]
      if (name === 'full_attention') return 'full'
      if (name === 'sliding_attention' || name === 'chunked_attention') return 'local'
      if (name === 'linear_attention') return 'linear'
      throw fields.fault(
        `layer_types[${layer}]`,
        `${JSON.stringify(name)} is not known; full_attention, sliding_attention, chunked_attention and linear_attention are`,
      )
    })
  }
  const own = traits.layerTypes?.(fields, layers)
  if (own !== undefined) return own
  if (!fields.has('sliding_window', 'attention_chunk_size')) return each(() => 'full')
  const unrotated = fields.raw('no_rope_layers')
  if (Array.isArray(unrotated) && unrotated.length >= layers) {
    return each((layer) => (unrotated[layer] === 0 ? 'full' : 'local'))
  }
  if (traits.localPeriod !== undefined) {
    const period = fields.optionalSize('sliding_window_pattern') ?? traits.localPeriod
    return each((layer) => ((layer + 1) % period === 0 ? 'full' : 'local'))
  }
  if (!fields.flag('use_sliding_window', traits.windowOffByDefault !== true)) {
    return each(() => 'full')
  }
  const full = fields.count('max_window_layers', 0)
  return each((layer) => (layer < full ? 'full' : 'local'))
}

function readMixer(fields: Fields, traits: Architecture, layer: LayerType, hidden: number): Mixer {
  if (layer === 'linear') return readLinear(fields, traits)
  const heads = fields.size('num_attention_heads', 'n_head', 'num_heads', 'n_heads')
  const qkvBias = said(fields, traits.qkvBias)
  const kvRank = fields.optionalSize('kv_lora_rank')
  if (kvRank !== undefined) {
    const scorers = fields.optionalSize('index_n_heads')
    return {
      type: 'mla',
      heads,
      queryRank: fields.optionalSize('q_lora_rank') ?? null,
      kvRank,
      nopeDim: fields.size('qk_nope_head_dim'),
      ropeDim: fields.size('qk_rope_head_dim'),
      valueDim: fields.size('v_head_dim'),
      ...(scorers === undefined
        ? {}
        : {
            indexer: {
              heads: scorers,
              headDim: fields.size('index_head_dim'),
              topk: fields.size('index_topk'),
            },
          }),
      qkvBias,
    }
  }
  const headDim =
    fields.optionalSize('head_dim', 'kv_channels', 'attention_head_dim') ?? hidden / heads
  if (!Number.isInteger(headDim)) {
    throw fields.fault(
      'num_attention_heads',
      `${heads} does not divide hidden_size ${hidden}; give head_dim`,
    )
  }
  const kvHeads = fields.flag('multi_query', false)
    ? 1
    : (fields.optionalSize(
        'num_key_value_heads',
        'multi_query_group_num',
        'num_kv_heads',
        'n_kv_heads',
        'num_query_groups',
      ) ?? heads)
  if (heads % kvHeads !== 0) {
    throw fields.fault('num_key_value_heads', `${kvHeads} does not divide ${heads} heads`)
  }
  const window =
    layer === 'local' ? fields.optionalSize('sliding_window', 'attention_chunk_size') : undefined
  const qkNorm = qkNormOf(fields, traits)
  return {
    type: 'attention',
    heads,
    kvHeads,
    headDim,
    rotaryDim: rotaryDim(fields, traits, headDim, layer),
    ...(window === undefined ? {} : { window }),
    ...(qkNorm === undefined ? {} : { qkNorm }),
    ...(traits.outputGate === true && fields.flag('attn_output_gate', true)
      ? { outputGate: true }
      : {}),
    qkvBias,
    outBias: said(fields, traits.outBias),
  }
}

function readLinear(fields: Fields, traits: Architecture): Mixer {
  if (traits.linear === 'lightning') {
    const heads = fields.size('num_attention_heads')
    const headDim = fields.size('head_dim')
    return {
      type: 'linear',
      variant: 'lightning',
      keyHeads: heads,
      valueHeads: heads,
      keyDim: headDim,
      valueDim: headDim,
      convTaps: 0,
    }
  }
  return {
    type: 'linear',
    variant: 'gated_delta',
    keyHeads: fields.size('linear_num_key_heads'),
    valueHeads: fields.size('linear_num_value_heads'),
    keyDim: fields.size('linear_key_head_dim'),
    valueDim: fields.size('linear_value_head_dim'),
    convTaps: fields.size('linear_conv_kernel_dim'),
  }
}

function rotaryDim(
  fields: Fields,
  traits: Architecture,
  headDim: number,
  layer: LayerType,
): number {
  if (traits.positions !== undefined) return 0
  if (traits.unrotatedFull === true && layer === 'full' && fields.has('attention_chunk_size')) {
    return 0
  }
  const explicit = fields.optionalSize('rotary_dim')
  if (explicit !== undefined) return Math.min(explicit, headDim)
  const fallback = traits.rotaryByDefault ?? 1
  const nested = fields.object('rope_parameters')
  const share = nested?.has('partial_rotary_factor')
    ? nested.fraction(fallback, 'partial_rotary_factor')
    : fields.fraction(fallback, 'partial_rotary_factor', 'rotary_pct')
  return 2 * Math.round((share * headDim) / 2)
}

function qkNormOf(fields: Fields, traits: Architecture): 'head' | 'layer' | undefined {
  if (typeof traits.qkNorm !== 'object') return traits.qkNorm
  if (!fields.flag(traits.qkNorm.field, traits.qkNorm.style === 'layer')) return undefined
  return fields.text('qk_norm_type') === 'per_head' ? 'head' : traits.qkNorm.style
}

function denseReader(fields: Fields, traits: Architecture, hidden: number): () => FeedForward {
  return () => {
    const inter =
      fields.optionalSize(
        ...(traits.denseWidth === undefined ? [] : [traits.denseWidth]),
        'intermediate_size',
        'ffn_hidden_size',
        'ffn_dim',
        'n_inner',
        'ffn_size',
      ) ?? 4 * hidden
    return {
      type: 'dense',
      inter: traits.interIsDouble === true ? inter / 2 : inter,
      ...activation(fields, traits),
      bias: said(fields, traits.mlpBias),
    }
  }
}

function expertReader(fields: Fields, traits: Architecture): (() => FeedForward) | undefined {
  const names = ['num_experts', 'n_routed_experts', 'num_local_experts', 'moe_num_experts']
  const experts = fields.optionalSize(...names)
  if (experts === undefined || experts < 2) return undefined
  return () => {
    const topk = fields.size('num_experts_per_tok', 'moe_topk', 'moe_k', 'experts_per_token')
    if (topk > experts) {
      throw fields.fault('num_experts_per_tok', `${topk} is more than ${experts} experts`)
    }
    const inter = fields.size(
      'moe_intermediate_size',
      'expert_intermediate_size',
      'intermediate_size',
    )
    const shared = sharedWidth(fields, traits, inter)
    return {
      type: 'moe',
      experts,
      topk,
      inter,
      ...activation(fields, traits),
      bias: traits.expertBias ?? false,
      routerBias: traits.expertBias ?? false,
      ...(shared === 0 ? {} : { shared: { inter: shared, gate: traits.sharedGate ?? false } }),
    }
  }
}

function sharedWidth(fields: Fields, traits: Architecture, inter: number): number {
  if (traits.sharedAsRouted === true) return inter
  const width =
    fields.raw('shared_expert_intermediate_size') ?? fields.raw('shared_intermediate_size')
  if (width === 0) return 0
  return (
    fields.optionalSize('shared_expert_intermediate_size', 'shared_intermediate_size') ??
    fields.count('n_shared_experts', 0) * inter
  )
}

/** Which layers have experts. */
function sparseLayers(fields: Fields, layers: number): (layer: number) => boolean {
  const pattern = fields.raw('moe_layer_freq')
  if (Array.isArray(pattern)) {
    const flags = fields.list('moe_layer_freq', layers)!
    return (layer) => flags[layer] === 1
  }
  const prefix = fields.count('first_k_dense_replace', 0)
  const frequency = fields.optionalSize('moe_layer_freq') ?? 1
  const step = fields.optionalSize('decoder_sparse_step') ?? 1
  const plain = fields.raw('mlp_only_layers')
  const dense = new Set(Array.isArray(plain) ? plain : [])
  return (layer) =>
    layer >= prefix && layer % frequency === 0 && (layer + 1) % step === 0 && !dense.has(layer)
}

function activation(
  fields: Fields,
  traits: Architecture,
): { gated: boolean; activation: 'silu' | 'gelu' | 'relu' } {
  const name = (
    fields.text('hidden_act', 'hidden_activation', 'activation_function', 'activation') ?? 'silu'
  ).toLowerCase()
  const gated = traits.plainMlp !== true
  if (/silu|swish|swiglu/.test(name)) return { gated, activation: 'silu' }
  if (/gelu|geglu/.test(name)) return { gated, activation: 'gelu' }
  if (/relu/.test(name)) return { gated, activation: 'relu' }
  const field = fields.find('hidden_act', 'hidden_activation', 'activation_function', 'activation')
  throw fields.fault(
    field ?? 'hidden_act',
    `"${name}" is not known; activations of the silu, gelu and relu families are`,
  )
}

function said(fields: Fields, trait: boolean | string | undefined): boolean {
  return typeof trait === 'string' ? fields.flag(trait, false) : (trait ?? false)
}
