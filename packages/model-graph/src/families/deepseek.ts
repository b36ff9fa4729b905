// DeepSeek V1 to V4 and models with the layers of V3.
import type { CompressedMixer } from '../blocks/compressed-attention.js'
import type { Fields } from '../config/fields.js'
import { headsOf, readIndexer } from '../config/read-attention.js'
import {
  type Architecture,
  type Family,
  type LayerContext,
  LLAMA_LIKE,
  transformers,
} from './family.js'

const LATENT: Architecture = { qkvBias: 'attention_bias' }

/** Tokens that a compressed one stands for, by the names of the configuration class. */
const RATIOS: Readonly<Record<string, number>> = {
  sliding_attention: 0,
  compressed_sparse_attention: 4,
  heavily_compressed_attention: 128,
}

const COMPRESSED: Architecture = {
  layerTypes: ratios,
  mixers: { ratio_0: readCompressed, ratio_4: readCompressed, ratio_128: readCompressed },
  extras: (fields) => {
    const count = fields.optionalSize('hc_mult') ?? 4
    return { streams: { count, mixes: (2 + count) * count } }
  },
  normalize: ({ layer_types, ...values }) =>
    Array.isArray(layer_types)
      ? { ...values, compress_ratios: layer_types.map((name) => RATIOS[String(name)]) }
      : values,
}

export const DEEPSEEK: Family = {
  source: `${transformers('deepseek_v2', 'deepseek_v3', 'deepseek_v32', 'deepseek_v4', 'youtu', 'axk1', 'minicpm3')}; modelling code of deepseek-ai/DeepSeek-V3.2-Exp on Hugging Face`,
  types: {
    deepseek: LLAMA_LIKE,
    deepseek_v2: LATENT,
    deepseek_v3: LATENT,
    deepseek_v32: LATENT,
    deepseek_v4: COMPRESSED,
    youtu: LATENT,
    axk1: LATENT,
    minicpm3: LATENT,
  },
  synonyms: {
    deepseek_ref: 'deepseek_v4',
    deepseek_vl_v2: 'deepseek_v2',
    deepseek_ocr: 'deepseek_v2',
    kimi_vl: 'deepseek_v3',
  },
}

function ratios(fields: Fields, layers: number): string[] {
  const listed = fields.list('compress_ratios', layers)
  // Without a list: two heavily compressed layers, then sparse and heavy ones in turn.
  const ratio = (layer: number) => listed?.[layer] ?? (layer < 2 || layer % 2 === 0 ? 128 : 4)
  return Array.from({ length: layers }, (_, layer) => {
    const value = ratio(layer)
    if (value === 0 || value === 4 || value === 128) return `ratio_${value}`
    throw fields.fault(`compress_ratios[${layer}]`, `is ${String(value)}; 0, 4 and 128 are known`)
  })
}

function readCompressed(context: LayerContext): CompressedMixer {
  const { fields, type } = context
  const ratio = Number(type.slice('ratio_'.length))
  const indexer = ratio === 4 ? readIndexer(context) : undefined
  return {
    type: 'compressed',
    heads: headsOf(context),
    headDim: fields.size('head_dim'),
    ropeDim: fields.optionalSize('qk_rope_head_dim') ?? 64,
    queryRank: fields.size('q_lora_rank'),
    outGroups: fields.size('o_groups'),
    outRank: fields.size('o_lora_rank'),
    window: fields.size('sliding_window'),
    ratio,
    ...(ratio === 4 ? { overlap: true } : {}),
    ...(indexer === undefined ? {} : { indexer }),
  }
}
