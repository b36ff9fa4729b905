// LFM2: gated convolutions over a few tokens, and attention in some layers; dense and with experts.
import type { FeedForward } from '../blocks/feed-forward.js'
import type { Fields } from '../config/fields.js'
import { readConvolution } from '../config/read-state.js'
import { type Architecture, type Family, type LayerContext, transformers } from './family.js'

const HYBRID: Architecture = {
  qkNorm: 'head',
  tiedByDefault: true,
  layerTypes: listed,
  mixers: { conv: readConvolution },
}

export const LFM: Family = {
  source: transformers('lfm2', 'lfm2_moe'),
  types: { lfm2: { ...HYBRID, feedForward: readAdjusted }, lfm2_moe: HYBRID },
}

function listed(fields: Fields, layers: number): string[] | undefined {
  const full = fields.raw('full_attn_idxs')
  if (!Array.isArray(full)) return undefined
  return Array.from({ length: layers }, (_, layer) => (full.includes(layer) ? 'full' : 'conv'))
}

/** The width in the file is cut to two thirds and rounded up, as in the first Llama. */
function readAdjusted({ fields }: LayerContext): FeedForward {
  const stated = fields.size('intermediate_size', 'block_ff_dim')
  const multiple = fields.optionalSize('block_multiple_of') ?? 256
  const factor = fields.raw('block_ffn_dim_multiplier')
  const scaled = Math.trunc(
    (typeof factor === 'number' ? factor : 1) * Math.trunc((2 * stated) / 3),
  )
  const inter = fields.flag('block_auto_adjust_ff_dim', true)
    ? multiple * Math.ceil(scaled / multiple)
    : stated
  return { type: 'dense', inter, gated: true, activation: 'silu', bias: false }
}
