// What the type of a vision or audio tower implies: biases, norms, gates, positions, and how its output is
// projected to the width of the language model.
import type { ImageRule } from '../images/image-rule.js'
import type { OtherWeights } from '../model.js'
import type { Fields } from './fields.js'

interface Projection {
  hidden: number
  /** Patches side by side that make one token. */
  merge: number
  /** Width of the language model. */
  width: number
  fields: Fields
}

/** Facts about a kind of tower. */
export interface TowerFacts {
  name: string
  /** `model_type` of the tower, or of the model around it. */
  pattern: RegExp
  norm: 'layernorm' | 'rmsnorm'
  gated: boolean
  attentionBias: boolean
  mlpBias: boolean
  qkNorm?: boolean
  sandwich?: boolean
  /** Patches that make one token, side by side, where the file does not say. */
  merge?: number
  /** The field with the width of the tower's own networks, where it is not the usual one. */
  inter?: string
  /** Rows of the position table. */
  positions?: (fields: Fields) => number
  /** How images are sized, where it is known; limits are those of the published processors. */
  image?: (fields: Fields) => ImageRule | undefined
  projector: (projection: Projection) => OtherWeights[]
  defaults?: Readonly<Record<string, unknown>>
}

/** Two linear layers over merged patches, as most models have. */
function merger(name: string, inner: number, { hidden, merge, width }: Projection): OtherWeights {
  const merged = hidden * merge * merge
  return linears(name, 1 / (merge * merge), [merged, inner], [inner, width])
}

/** Linear layers, each with a bias, that run on a share of the patches. */
function linears(name: string, rowShare: number, ...sizes: [k: number, n: number][]): OtherWeights {
  return {
    name,
    parameters: sizes.reduce((sum, [k, n]) => sum + k * n + n, 0),
    linears: sizes.map(([k, n]) => ({ n, k, rowShare })),
  }
}

/** Pixels of a side of the images that a tower takes. */
function sideOf(fields: Fields, otherwise: number): number {
  const stated = fields.raw('image_size')
  const side = Array.isArray(stated) ? stated[0] : stated
  return typeof side === 'number' && side > 0 ? side : otherwise
}

const PLAIN = { norm: 'layernorm', gated: false, attentionBias: true, mlpBias: true } as const
const QWEN_MERGER = (projection: Projection) => [
  merger('merger', projection.hidden * projection.merge ** 2, projection),
]

export const TOWER_FACTS: readonly TowerFacts[] = [
  {
    name: 'Qwen2-VL',
    pattern: /^qwen2_vl/,
    ...PLAIN,
    image: () => ({ type: 'nearest', minPixels: 3136, maxPixels: 12_845_056 }),
    projector: QWEN_MERGER,
    defaults: {
      depth: 32,
      embed_dim: 1280,
      num_heads: 16,
      mlp_ratio: 4,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
  },
  {
    name: 'Qwen2.5-VL',
    pattern: /^(qwen2_5_(vl|omni)|keye)/,
    norm: 'rmsnorm',
    gated: true,
    attentionBias: true,
    mlpBias: true,
    image: () => ({ type: 'nearest', minPixels: 3136, maxPixels: 12_845_056 }),
    projector: QWEN_MERGER,
    defaults: {
      depth: 32,
      hidden_size: 1280,
      intermediate_size: 3420,
      num_heads: 16,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
  },
  {
    name: 'Qwen3-VL',
    pattern: /^qwen3_(vl|omni|5)/,
    ...PLAIN,
    positions: (fields) => fields.optionalSize('num_position_embeddings') ?? 2304,
    image: () => ({ type: 'nearest', minPixels: 65_536, maxPixels: 16_777_216 }),
    // Besides the merger, one for each layer whose output goes deeper into the language model.
    projector: (projection) => {
      const inner = projection.hidden * projection.merge ** 2
      const deep = projection.fields.raw('deepstack_visual_indexes')
      const isThree = /^qwen3_(vl|omni)/.test(projection.fields.text('model_type') ?? '')
      const count = Array.isArray(deep) ? deep.length : isThree ? 3 : 0
      return [
        merger('merger', inner, projection),
        ...Array.from({ length: count }, (_, i) => merger(`deep_merger_${i}`, inner, projection)),
      ]
    },
    defaults: {
      depth: 27,
      hidden_size: 1152,
      intermediate_size: 4304,
      num_heads: 16,
      patch_size: 16,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
  },
  {
    name: 'GLM-V',
    inter: 'out_hidden_size',
    pattern: /^glm(4v|46v|4_5v|_ocr)/,
    // The processor counts an image as two frames.
    image: () => ({ type: 'nearest', minPixels: 12_544 / 2, maxPixels: (28 * 28 * 15_000) / 2 }),
    norm: 'rmsnorm',
    gated: true,
    attentionBias: false,
    mlpBias: false,
    positions: (fields) =>
      ((fields.optionalSize('image_size') ?? 336) / (fields.optionalSize('patch_size') ?? 14)) ** 2,
    projector: ({ hidden, merge, width, fields }) => {
      const inner = fields.size('intermediate_size')
      const share = 1 / merge ** 2
      return [
        linears('downsample', share, [hidden * merge ** 2, width]),
        linears('merger', share, [width, width], [width, 2 * inner], [inner, width]),
      ]
    },
    defaults: {
      depth: 24,
      hidden_size: 1536,
      num_heads: 12,
      intermediate_size: 13_696,
      out_hidden_size: 4096,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
  },
  {
    name: 'Gemma 4',
    pattern: /^gemma4/,
    norm: 'rmsnorm',
    gated: true,
    attentionBias: false,
    mlpBias: false,
    qkNorm: true,
    sandwich: true,
    merge: 3,
    image: () => ({ type: 'largest', maxTokens: 280 }),
    positions: (fields) => 2 * (fields.optionalSize('position_embedding_size') ?? 10_240),
    projector: ({ hidden, width, merge }) => [
      linears('projector', 1 / merge ** 2, [hidden, width]),
    ],
    defaults: {
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 16,
      num_attention_heads: 12,
      patch_size: 16,
    },
  },
  {
    name: 'SigLIP',
    pattern: /^(gemma3|siglip|paligemma|clip)/,
    ...PLAIN,
    positions: (fields) =>
      ((fields.optionalSize('image_size') ?? 224) / (fields.optionalSize('patch_size') ?? 14)) ** 2,
    // Gemma 3n's tower is a convolutional network, which has no patches.
    image: (fields) =>
      /^gemma3n/.test(fields.text('model_type') ?? '')
        ? undefined
        : { type: 'square', side: sideOf(fields, 896), tokens: 256 },
    projector: ({ hidden, width }) => [linears('projector', 1 / 16, [hidden, width])],
    defaults: {
      hidden_size: 1152,
      intermediate_size: 4304,
      num_hidden_layers: 27,
      num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'Pixtral',
    pattern: /^(pixtral|mistral3)/,
    norm: 'rmsnorm',
    gated: true,
    attentionBias: false,
    mlpBias: false,
    merge: 2,
    image: (fields) => ({ type: 'longest-side', maxPixels: sideOf(fields, 1540) }),
    projector: ({ hidden, merge, width }) => [
      linears('patch_merger', 1 / merge ** 2, [hidden * merge ** 2, hidden]),
      linears('projector', 1 / merge ** 2, [hidden, width], [width, width]),
    ],
    defaults: {
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'Kimi',
    pattern: /^(kimi|moonvit)/,
    ...PLAIN,
    merge: 2,
    positions: () => 64 * 64,
    image: (fields) => ({
      type: 'padded',
      // Kimi K3's towers have queries of another width than their hidden size, and four times the limit.
      maxPatches: fields.has('qkv_hidden_size') ? 65_536 : 16_384,
      maxPatchesOfSide: 512,
    }),
    projector: (projection) => [
      merger('projector', projection.hidden * projection.merge ** 2, projection),
    ],
    defaults: {
      vt_hidden_size: 1152,
      vt_intermediate_size: 4304,
      vt_num_hidden_layers: 27,
      vt_num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'InternViT',
    pattern: /^intern/,
    ...PLAIN,
    merge: 2,
    positions: () => 1025,
    image: (fields) => ({
      type: 'tiles',
      side: sideOf(fields, 448),
      tokens: 256,
      most: 12,
      choice: 'shape',
    }),
    projector: (projection) => [merger('projector', projection.width, projection)],
    defaults: {
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'Llama 4',
    pattern: /^llama4/,
    ...PLAIN,
    merge: 2,
    positions: () => 577,
    image: (fields) => ({
      type: 'tiles',
      side: sideOf(fields, 336),
      tokens: 144,
      most: 16,
      choice: 'canvas',
    }),
    projector: ({ hidden, merge, width, fields }) => {
      const inner = fields.optionalSize('projector_input_dim') ?? 4096
      const output = fields.optionalSize('projector_output_dim') ?? inner
      return [
        linears(
          'projector',
          1 / merge ** 2,
          [hidden * merge ** 2, inner],
          [inner, output],
          [output, width],
        ),
      ]
    },
    defaults: {
      hidden_size: 1408,
      intermediate_size: 5632,
      num_hidden_layers: 34,
      num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'MiniMax',
    pattern: /^minimax/,
    ...PLAIN,
    projector: ({ hidden, merge, width }) => [
      linears('projector', 1, [hidden, width], [width, width]),
      linears('merger', 1 / merge ** 2, [width * merge ** 2, width], [width, width]),
    ],
    defaults: {
      hidden_size: 1280,
      intermediate_size: 5120,
      num_hidden_layers: 32,
      num_attention_heads: 16,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
  },
  {
    name: 'Step',
    pattern: /^step/,
    ...PLAIN,
    merge: 4,
    positions: (fields) => fields.optionalSize('max_position_embeddings') ?? 2704,
    projector: ({ hidden, width }) => [
      linears('downsample', 1 / 4, [9 * hidden, 2 * hidden]),
      linears('downsample_again', 1 / 16, [18 * hidden, 4 * hidden]),
      linears('projector', 1 / 16, [4 * hidden, width]),
    ],
    defaults: {
      hidden_size: 1536,
      intermediate_size: 8960,
      num_hidden_layers: 47,
      num_attention_heads: 16,
      patch_size: 14,
    },
  },
  {
    name: 'Whisper',
    pattern: /(audio|whisper)/,
    ...PLAIN,
    projector: ({ hidden, width }) => [linears('projector', 1 / 2, [hidden, width])],
  },
  {
    name: 'a plain ViT',
    pattern: /./,
    ...PLAIN,
    projector: (projection) => [merger('projector', projection.width, projection)],
  },
]
