// Gemma 1 to 4. Gemma 3n and 4 share keys and values among their last layers and embed each token once
// more for every layer; the global layers of Gemma 4 have wider heads, whose keys may be values too.
import type { AttentionMixer } from '../blocks/attention.js'
import type { LayerExtras } from '../blocks/extras.js'
import type { FeedForward } from '../blocks/feed-forward.js'
import type { Fields } from '../config/fields.js'
import { readAttention } from '../config/read-attention.js'
import { readDense, readExperts } from '../config/read-feed-forward.js'
import { type Architecture, type Family, type LayerContext, transformers } from './family.js'

const LOCAL: Architecture = { residual: 'sandwich', tiedByDefault: true }

const GLOBAL: Architecture = {
  ...LOCAL,
  qkNorm: 'head',
  localPeriod: 6,
  mixers: { full: readGlobal, local: readShared },
  feedForward: readGemma4,
}

export const GEMMA: Family = {
  source: transformers('gemma', 'gemma2', 'gemma3', 'gemma3n', 'gemma4', 'vaultgemma'),
  types: {
    gemma: { tiedByDefault: true },
    gemma2: { ...LOCAL, localPeriod: 2 },
    vaultgemma: { tiedByDefault: true, localPeriod: 2 },
    gemma3_text: { ...LOCAL, qkNorm: 'head', localPeriod: 6 },
    gemma3n_text: {
      ...LOCAL,
      qkNorm: 'head',
      localPeriod: 5,
      mixers: { full: readShared, local: readShared },
      extras: (fields) => ({
        ...perLayerInput(fields),
        laurelRank: fields.size('laurel_rank'),
        altupInputs: fields.size('altup_num_inputs'),
      }),
    },
    gemma4_text: { ...GLOBAL, extras: perLayerInput },
    gemma4_unified_text: GLOBAL,
  },
}

/** The last layers take keys and values from the last one of their type before them. */
function sharesKv({ fields, layer, types }: LayerContext): boolean {
  return layer >= types.length - fields.count(0, 'num_kv_shared_layers')
}

function readShared(context: LayerContext): AttentionMixer {
  const mixer = readAttention(context)
  return sharesKv(context) ? { ...mixer, sharesKv: true } : mixer
}

function readGlobal(context: LayerContext): AttentionMixer {
  const { fields } = context
  const mixer = readShared(context)
  const headDim = fields.optionalSize('global_head_dim') ?? 2 * mixer.headDim
  // Files cut short leave the flag out, but not the number of heads that goes with it.
  const stated = fields.states('num_global_key_value_heads')
  const valueIsKey = fields.states('attention_k_eq_v')
    ? fields.flag('attention_k_eq_v', false)
    : stated
  const kvHeads = fields.optionalSize('num_global_key_value_heads')
  return {
    ...mixer,
    headDim,
    rotaryDim: headDim / 4,
    ...(valueIsKey ? { valueIsKey, kvHeads: kvHeads ?? mixer.kvHeads } : {}),
  }
}

/** Experts beside a dense network; networks of layers that share keys may be twice as wide. */
function readGemma4(context: LayerContext): FeedForward {
  const { fields } = context
  const dense = readDense(context)
  if (fields.flag('enable_moe_block', false)) {
    return { ...readExperts(context), shared: { inter: dense.inter, gate: false }, norms: 4 }
  }
  const isDouble = fields.flag('use_double_wide_mlp', false) && sharesKv(context)
  return isDouble ? { ...dense, inter: 2 * dense.inter } : dense
}

function perLayerInput(fields: Fields): LayerExtras | undefined {
  const width = fields.count(0, 'hidden_size_per_layer_input')
  if (width === 0) return undefined
  return {
    perLayerInput: { width, vocab: fields.size('vocab_size_per_layer_input', 'vocab_size') },
  }
}
