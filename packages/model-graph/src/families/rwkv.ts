// RWKV-7, whose feed-forward network has two matrices and a squared ReLU.
import type { RwkvMixer } from '../blocks/rwkv.js'
import type { Family, LayerContext } from './family.js'

export const RWKV_7: Family = {
  source:
    'arXiv 2503.14456, appendix; configuration and modelling code of fla-hub/rwkv7-1.5B-world on Hugging Face',
  types: {
    rwkv7: {
      norm: 'layernorm',
      normBias: true,
      plainMlp: true,
      positions: 'none',
      layerTypes: (_, layers) => new Array<string>(layers).fill('time_mix'),
      mixers: { time_mix: readTimeMix },
      defaults: {
        head_dim: 64,
        vocab_size: 65536,
        hidden_act: 'sqrelu',
        tie_word_embeddings: false,
      },
    },
  },
}

function readTimeMix({ fields, hidden, layer }: LayerContext): RwkvMixer {
  const headDim = fields.size('head_dim')
  // Ranks as fla computes them where the file leaves them out.
  const root = (factor: number) => Math.max(32, 32 * Math.round((factor * Math.sqrt(hidden)) / 32))
  const wide = Math.max(32, 32 * Math.round((0.6 * hidden ** 0.8) / 32))
  const value = fields.optionalSize('v_low_rank_dim') ?? root(1.3)
  return {
    type: 'rwkv7',
    heads: hidden / headDim,
    headDim,
    ranks: {
      decay: fields.optionalSize('decay_low_rank_dim') ?? root(1.8),
      rate: fields.optionalSize('a_low_rank_dim') ?? root(1.8),
      // The first layer has no value before it to mix with.
      value: layer === 0 ? 0 : value,
      gate: fields.optionalSize('gate_low_rank_dim') ?? wide,
    },
  }
}
