// MiniMax Text-01 and M1, with linear attention, M2, and M3, which attends to blocks of keys.
import type { AttentionMixer } from '../blocks/attention.js'
import type { Fields } from '../config/fields.js'
import { readAttention } from '../config/read-attention.js'
import { readLightning } from '../config/read-state.js'
import { type Architecture, type Family, type LayerContext, transformers } from './family.js'

const LIGHTNING: Architecture = { layerTypes: listed, mixers: { linear: readLightning } }

export const MINIMAX: Family = {
  source: `${transformers('minimax', 'minimax_m2', 'minimax_m3_vl')}; modelling code of MiniMaxAI/MiniMax-M1-80k and MiniMax-M2 on Hugging Face`,
  types: {
    minimax_m2: { qkNorm: { field: 'use_qk_norm', style: 'layer' } },
    minimax_m3_vl_text: {
      qkNorm: 'head',
      denseWidth: 'dense_intermediate_size',
      layerTypes: sparseLayers,
      mixers: { minimax_m3_sparse: readBlockSparse },
    },
    minimax: LIGHTNING,
    minimax_text_01: LIGHTNING,
    minimax_m1: LIGHTNING,
  },
  synonyms: {
    minimaxtext01: 'minimax_text_01',
    minimaxm1: 'minimax_m1',
    minimax_m3: 'minimax_m3_vl_text',
    minimax_m3_vl: 'minimax_m3_vl_text',
  },
}

function listed(fields: Fields, layers: number): string[] {
  const kinds = fields.list('attn_type_list', layers)
  return Array.from({ length: layers }, (_, layer) =>
    (kinds === undefined ? layer % 2 === 1 : kinds[layer] === 0) ? 'linear' : 'full',
  )
}

function sparseLayers(fields: Fields, layers: number): string[] {
  const flags = fields.object('sparse_attention_config')?.list('sparse_attention_freq', layers)
  if (flags === undefined) {
    fields.assume('all layers attend to all keys, because sparse_attention_config is missing')
  }
  return Array.from({ length: layers }, (_, layer) =>
    flags !== undefined && flags[layer] !== 0 ? 'minimax_m3_sparse' : 'full',
  )
}

function readBlockSparse(context: LayerContext): AttentionMixer {
  const { fields } = context
  const nested = fields.object('sparse_attention_config')
  const size = (own: string, name: string) => nested?.optionalSize(own) ?? fields.size(name)
  return {
    ...readAttention(context),
    blocks: {
      heads: size('sparse_num_index_heads', 'index_n_heads'),
      headDim: size('sparse_index_dim', 'index_head_dim'),
      blockTokens: size('sparse_block_size', 'index_block_size'),
      topkBlocks: size('sparse_topk_blocks', 'index_topk_blocks'),
    },
  }
}
