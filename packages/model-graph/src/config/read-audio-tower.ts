// Audio towers of the Whisper kind: two convolutions over Mel frames, an encoder, a projection. Sources:
// transformers 5.18.0, models/whisper, qwen2_audio, qwen2_5_omni, voxtral.
import type { Tower } from '../model.js'
import type { Fields } from './fields.js'
import type { TowerFacts } from './tower-facts.js'

/** @param width - hidden size of the language model */
export function readAudioTower(fields: Fields, facts: TowerFacts, width: number): Tower {
  const hidden = fields.size('d_model', 'hidden_size')
  const layers = fields.size('encoder_layers', 'num_hidden_layers')
  const heads = fields.size('encoder_attention_heads', 'num_attention_heads')
  const inter = fields.optionalSize('encoder_ffn_dim', 'intermediate_size') ?? 4 * hidden
  const mels = fields.optionalSize('num_mel_bins') ?? 128
  const out = fields.optionalSize('output_dim') ?? width
  return {
    kind: 'audio',
    model: {
      name: 'audio tower',
      architecture: fields.text('model_type') ?? 'audio',
      hidden,
      vocab: 0,
      maxPositions: fields.optionalSize('max_source_positions') ?? null,
      layerKinds: [
        {
          mixer: {
            type: 'attention',
            heads,
            kvHeads: heads,
            headDim: hidden / heads,
            rotaryDim: 0,
            qkvBias: true,
            outBias: true,
            bidirectional: true,
          },
          ffn: { type: 'dense', inter, gated: false, activation: 'gelu', bias: true },
        },
      ],
      layers: new Array<number>(layers).fill(0),
      norm: facts.norm,
      normBias: facts.norm === 'layernorm',
      residual: 'sequential',
      positions: 'none',
      tiedEmbeddings: false,
      head: 'none',
      headBias: false,
      others: [
        {
          name: 'conv',
          parameters: 3 * hidden * (mels + hidden) + 2 * hidden,
          linears: [
            { n: hidden, k: 3 * mels, rowShare: 2 },
            { n: hidden, k: 3 * hidden, rowShare: 1 },
          ],
        },
        {
          name: 'projector',
          parameters: hidden * out + out,
          linears: [{ n: out, k: hidden, rowShare: 0.5 }],
        },
      ],
      dtype: 'bf16',
      quantization: null,
      assumed: [],
      ignored: [],
    },
  }
}
