// Granite: dense, with experts, with windows, and the hybrids of Granite 4 and Bamba.
import type { FeedForward } from '../blocks/feed-forward.js'
import type { Fields } from '../config/fields.js'
import { readMamba2 } from '../config/read-state.js'
import {
  type Architecture,
  type Family,
  type LayerContext,
  LLAMA_LIKE,
  transformers,
} from './family.js'

const HYBRID: Architecture = {
  qkvBias: 'attention_bias',
  outBias: 'attention_bias',
  mixers: { mamba: readMamba2 },
}

export const GRANITE: Family = {
  source: transformers(
    'granite',
    'granitemoe',
    'granitemoeshared',
    'granitemoehybrid',
    'granite_swa',
    'granitemoe_swa',
    'bamba',
  ),
  types: {
    granite: LLAMA_LIKE,
    granite_swa: { ...LLAMA_LIKE, sinks: true, localPeriod: 4 },
    granitemoe: LLAMA_LIKE,
    granitemoe_swa: { ...LLAMA_LIKE, sinks: true, localPeriod: 4 },
    granitemoeshared: LLAMA_LIKE,
    granitemoehybrid: {
      ...HYBRID,
      layerTypes: (_, layers) => new Array<string>(layers).fill('mamba'),
      feedForward: readSharedAlone,
    },
    bamba: { ...HYBRID, rotaryByDefault: 0.5, mlpBias: 'mlp_bias', layerTypes: listedAttention },
  },
}

/** Models without experts have the network that they would share. */
function readSharedAlone({ fields }: LayerContext): FeedForward | undefined {
  if (fields.count(0, 'num_local_experts') > 0) return undefined
  const inter = fields.size('shared_intermediate_size', 'intermediate_size')
  return { type: 'dense', inter, gated: true, activation: 'silu', bias: false }
}

function listedAttention(fields: Fields, layers: number): string[] {
  const listed = fields.raw('attn_layer_indices')
  const full = new Set(Array.isArray(listed) ? listed : [])
  return Array.from({ length: layers }, (_, layer) => (full.has(layer) ? 'full' : 'mamba'))
}
