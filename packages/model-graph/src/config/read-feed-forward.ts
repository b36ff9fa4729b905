// Feed-forward networks from the fields of a configuration: which layers have experts, and which.
import type {
  Activation,
  DenseFeedForward,
  ExpertFeedForward,
  FeedForward,
} from '../blocks/feed-forward.js'
import type { Architecture, LayerContext } from '../families/family.js'
import type { Fields } from './fields.js'
import {
  ACTIVATION,
  EXPERT_INTER,
  EXPERTS,
  EXPERTS_PER_TOKEN,
  INTER,
  SHARED_EXPERTS,
  SHARED_INTER,
} from './names.js'
import { said } from './read-attention.js'

/** The feed-forward network of a layer. */
export function readFeedForward(context: LayerContext): FeedForward {
  const own = context.traits.feedForward?.(context)
  if (own !== undefined) return own
  return expertsOf(context) >= 2 && hasExperts(context) ? readExperts(context) : readDense(context)
}

/** One network for every token. */
export function readDense({ fields, traits, hidden, layer }: LayerContext): DenseFeedForward {
  const names = traits.denseWidth === undefined ? INTER : [traits.denseWidth, ...INTER]
  const inter = fields.optionalSizeAt(layer, ...names) ?? 4 * hidden
  return {
    type: 'dense',
    inter: traits.interIsDouble === true ? inter / 2 : inter,
    ...activationOf(fields, traits),
    bias: said(fields, traits.mlpBias),
  }
}

function expertsOf({ fields, layer }: LayerContext): number {
  const name = fields.find(...EXPERTS)
  const value = name === undefined ? 0 : fields.raw(name)
  if (value === 0) return 0
  return fields.optionalSizeAt(layer, ...EXPERTS) ?? 0
}

/** Many networks, of which each token uses a few. */
export function readExperts(context: LayerContext): ExpertFeedForward {
  const { fields, traits, layer } = context
  const experts = expertsOf(context)
  const topk = fields.optionalSizeAt(layer, ...EXPERTS_PER_TOKEN)
  if (topk === undefined) {
    throw fields.fault(EXPERTS_PER_TOKEN[0], 'is missing; a positive integer belongs here')
  }
  if (topk > experts) {
    throw fields.fault('num_experts_per_tok', `${topk} is more than ${experts} experts`)
  }
  const inter = fields.optionalSizeAt(layer, ...EXPERT_INTER)
  if (inter === undefined) {
    throw fields.fault(EXPERT_INTER[0], 'is missing; a positive integer belongs here')
  }
  const shared = sharedWidth(context, inter)
  const latent = fields.optionalSize('moe_latent_size', 'routed_expert_hidden_size')
  return {
    type: 'moe',
    experts,
    topk,
    inter,
    ...activationOf(fields, traits),
    bias: traits.expertBias ?? false,
    routerBias: traits.expertBias ?? false,
    ...(latent === undefined ? {} : { latent }),
    ...groupsOf(context, experts),
    ...(shared === 0 ? {} : { shared: { inter: shared, gate: traits.sharedGate ?? false } }),
    ...(traits.expertNorms === undefined ? {} : { norms: traits.expertNorms }),
  }
}

/** Groups of experts, where a token's must lie in a few of them. */
function groupsOf({ fields }: LayerContext, experts: number): Pick<ExpertFeedForward, 'groups'> {
  const count = fields.optionalSize('n_group') ?? 1
  const chosen = fields.optionalSize('topk_group') ?? count
  return chosen < count && experts % count === 0 ? { groups: { count, chosen } } : {}
}

function sharedWidth({ fields, traits, layer }: LayerContext, inter: number): number {
  if (traits.sharedAsRouted === true) return inter
  const named = fields.find(...SHARED_INTER)
  if (named !== undefined) return fields.count(0, named)
  const name = fields.find(...SHARED_EXPERTS)
  if (name === undefined || fields.raw(name) === 0) return 0
  return (fields.optionalSizeAt(layer, name) ?? 0) * inter
}

/** Whether a layer has experts, by any of the ways in which configurations say so. */
function hasExperts({ fields, layer, types }: LayerContext): boolean {
  const kinds = fields.list('mlp_layer_types', types.length)
  if (kinds !== undefined) return kinds[layer] !== 'dense'
  const flags = fields.raw('moe_layer_freq')
  if (Array.isArray(flags)) return fields.list('moe_layer_freq', types.length)![layer] === 1
  const listed = layerList(fields, 'moe_layers') ?? layerList(fields, 'moe_layers_enum')
  if (listed !== undefined && listed.size > 0) return listed.has(layer)
  const dense = layerList(fields, 'mlp_only_layers')
  if (dense?.has(layer) === true) return false

  const first = fields.count(
    0,
    'first_k_dense_replace',
    'num_dense_layers',
    'moe_layer_start_index',
  )
  const last = fields.raw('moe_layer_end_index')
  if (layer < first || (typeof last === 'number' && last >= 0 && layer > last)) return false
  const period = fields.optionalSize('expert_layer_period')
  if (period !== undefined) return layer % period === fields.count(0, 'expert_layer_offset')
  const step = fields.optionalSize('interleave_moe_layer_step', 'decoder_sparse_step') ?? 1
  const frequency = fields.optionalSize('moe_layer_freq', 'moe_layer_interval') ?? 1
  return (
    layer % frequency === (fields.has('moe_layer_interval') ? frequency - 1 : 0) &&
    (layer + 1) % step === 0
  )
}

/** Layers that a field lists, as numbers or as text with commas. */
function layerList(fields: Fields, name: string): Set<number> | undefined {
  const value = fields.raw(name)
  if (Array.isArray(value)) return new Set(value.map(Number))
  return typeof value === 'string' ? new Set(value.split(',').map(Number)) : undefined
}

/** The activation, and whether it is multiplied by a second projection. */
export function activationOf(
  fields: Fields,
  traits: Architecture,
): { gated: boolean; activation: Activation } {
  const name = (fields.text(...ACTIVATION) ?? 'silu').toLowerCase()
  const gated = traits.plainMlp !== true
  if (/silu|swish|swiglu|situ/.test(name)) return { gated, activation: 'silu' }
  if (/gelu|geglu/.test(name)) return { gated, activation: 'gelu' }
  if (/relu|xielu/.test(name)) return { gated, activation: 'relu' }
  throw fields.fault(
    fields.find(...ACTIVATION) ?? 'hidden_act',
    `"${name}" is not known; activations of the silu, gelu and relu families are`,
  )
}
