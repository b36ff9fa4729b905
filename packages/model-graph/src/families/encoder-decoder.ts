// Encoder-decoders: Whisper, BART and T5. The decoder is the model, and its layers attend to the encoder's
// output besides themselves.
import type { AttentionMixer } from '../blocks/attention.js'
import type { DenseFeedForward } from '../blocks/feed-forward.js'
import type { Fields } from '../config/fields.js'
import { activationOf } from '../config/read-feed-forward.js'
import type { ModelShape } from '../config/read-model.js'
import type { ModelConfig, OtherWeights } from '../model.js'
import { CLASSIC, type Family, transformers } from './family.js'

export const ENCODER_DECODERS: Family = {
  source: transformers('whisper', 'bart', 't5'),
  types: {
    whisper: { model: readWhisper },
    bart: { model: readBart },
    mbart: { model: readBart },
    t5: { model: readT5 },
    mt5: { model: readT5 },
    umt5: { model: readT5 },
  },
}

const SIDES = {
  encoder: {
    heads: 'encoder_attention_heads',
    layers: 'encoder_layers',
    inter: 'encoder_ffn_dim',
  },
  decoder: {
    heads: 'decoder_attention_heads',
    layers: 'decoder_layers',
    inter: 'decoder_ffn_dim',
  },
}

interface Half {
  hidden: number
  layers: number
  heads: number
  headDim: number
  ffn: DenseFeedForward
  bias: boolean
  /** Positions of the encoder's output, for a decoder. */
  keys?: number
}

function readWhisper(fields: Fields): ModelShape {
  const hidden = fields.size('d_model')
  const source = fields.size('max_source_positions')
  const mels = fields.size('num_mel_bins')
  const encoder = half(fields, 'encoder', hidden)
  const decoder = half(fields, 'decoder', hidden, source)
  return {
    ...shape(decoder, true),
    vocab: fields.size('vocab_size'),
    maxPositions: fields.size('max_target_positions'),
    encoder: encoderOf(fields, shape(encoder, true), source, [convolutions(mels, hidden)]),
  }
}

/** Two convolutions over three frames each, the second of which halves their number. */
function convolutions(mels: number, hidden: number): OtherWeights {
  return {
    name: 'conv',
    parameters: 3 * hidden * (mels + hidden) + 2 * hidden,
    linears: [
      { n: hidden, k: 3 * mels, rowShare: 2 },
      { n: hidden, k: 3 * hidden, rowShare: 1 },
    ],
  }
}

function readBart(fields: Fields): ModelShape {
  const hidden = fields.size('d_model')
  const positions = fields.size('max_position_embeddings')
  const encoder = half(fields, 'encoder', hidden)
  const decoder = half(fields, 'decoder', hidden, positions)
  return {
    ...shape(decoder, true),
    vocab: fields.size('vocab_size'),
    maxPositions: positions,
    encoder: encoderOf(fields, shape(encoder, true), positions, []),
  }
}

function readT5(fields: Fields): ModelShape {
  const hidden = fields.size('d_model')
  const projection = fields.text('feed_forward_proj') ?? 'relu'
  const gated = projection.startsWith('gated')
  const ffn: DenseFeedForward = {
    type: 'dense',
    inter: fields.size('d_ff'),
    gated,
    activation: gated ? 'gelu' : 'relu',
    bias: false,
  }
  const layers = fields.size('num_layers')
  const heads = fields.size('num_heads')
  const headDim = fields.size('d_kv')
  const encoder = { hidden, layers, heads, headDim, ffn, bias: false }
  const decoder = {
    ...encoder,
    layers: fields.optionalSize('num_decoder_layers') ?? layers,
    keys: 512,
  }
  const plain = { norm: 'rmsnorm', normBias: false, positions: 'none' } as const
  return {
    ...shape(decoder, false),
    ...plain,
    vocab: fields.size('vocab_size'),
    maxPositions: fields.optionalSize('n_positions') ?? null,
    tiedEmbeddings: fields.flag('tie_word_embeddings', true),
    encoder: { ...encoderOf(fields, { ...shape(encoder, false), ...plain }, null, []), ...plain },
  }
}

function half(fields: Fields, side: 'encoder' | 'decoder', hidden: number, keys?: number): Half {
  const names = SIDES[side]
  const heads = fields.size(names.heads)
  return {
    hidden,
    layers: fields.size(names.layers),
    heads,
    headDim: hidden / heads,
    ffn: {
      type: 'dense',
      inter: fields.size(names.inter),
      ...activationOf(fields, CLASSIC),
      bias: true,
    },
    bias: true,
    ...(keys === undefined ? {} : { keys }),
  }
}

function shape({ hidden, layers, heads, headDim, ffn, bias, keys }: Half, learned: boolean) {
  const own: AttentionMixer = {
    type: 'attention',
    heads,
    kvHeads: heads,
    headDim,
    rotaryDim: 0,
    qkvBias: bias,
    outBias: bias,
    ...(keys === undefined ? { bidirectional: true } : {}),
  }
  const mixer =
    keys === undefined
      ? own
      : ({
          type: 'several',
          order: 'after',
          mixers: [own, { type: 'cross', heads, headDim, keys, bias }],
        } as const satisfies ModelConfig['layerKinds'][number]['mixer'] | object)
  return {
    hidden,
    layerKinds: [{ mixer: mixer as ModelConfig['layerKinds'][number]['mixer'], ffn }],
    layers: new Array<number>(layers).fill(0),
    norm: 'layernorm' as ModelConfig['norm'],
    normBias: true,
    residual: 'sequential' as const,
    positions: (learned ? 'learned' : 'none') as ModelConfig['positions'],
    tiedEmbeddings: true,
    head: 'lm' as const,
    headBias: false,
  }
}

function encoderOf(
  fields: Fields,
  half: ReturnType<typeof shape>,
  positions: number | null,
  others: OtherWeights[],
): ModelConfig {
  return {
    name: `${fields.text('model_type') ?? ''} encoder`,
    architecture: `${fields.text('model_type') ?? ''}_encoder`,
    ...half,
    vocab: 0,
    maxPositions: positions,
    head: 'none',
    others,
    dtype: 'bf16',
    quantization: null,
    assumed: [],
    ignored: [],
  }
}
