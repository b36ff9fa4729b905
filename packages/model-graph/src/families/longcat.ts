// LongCat-Flash: a layer is two of the usual ones, with experts that run beside both; some choices of the
// router are not networks.
import type { FeedForward } from '../blocks/feed-forward.js'
import { activationOf } from '../config/read-feed-forward.js'
import { type Family, type LayerContext, transformers } from './family.js'

export const LONGCAT: Family = {
  source: transformers('longcat_flash'),
  types: {
    longcat_flash: {
      qkvBias: 'attention_bias',
      feedForward: readHalf,
      layerTypes: (_, layers) => new Array<string>(layers).fill('full'),
      // Each layer of the file is two here.
      normalize: ({ num_layers, num_hidden_layers, ...values }) => ({
        ...values,
        num_hidden_layers: twice(num_layers ?? num_hidden_layers ?? 28),
      }),
    },
  },
}

const twice = (value: unknown) => (typeof value === 'number' ? 2 * value : value)

function readHalf({ fields, traits, layer }: LayerContext): FeedForward {
  const inter = fields.size('ffn_hidden_size', 'intermediate_size')
  const shape = activationOf(fields, traits)
  if (layer % 2 === 1) return { type: 'dense', inter, ...shape, bias: false }
  const experts = fields.size('n_routed_experts', 'num_experts')
  const identityExperts = fields.count(0, 'zero_expert_num')
  const chosen = fields.size('moe_topk', 'num_experts_per_tok')
  return {
    type: 'moe',
    experts,
    // Of the choices, drawn evenly, so many are real experts.
    topk: Math.max(1, Math.round((chosen * experts) / (experts + identityExperts))),
    inter: fields.size('expert_ffn_hidden_size', 'moe_intermediate_size'),
    ...shape,
    bias: false,
    routerBias: false,
    ...(identityExperts === 0 ? {} : { identityExperts }),
    shared: { inter, gate: false },
  }
}
