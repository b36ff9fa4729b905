// Multi-head latent attention (arXiv 2405.04434). Decoding runs "absorbed": queries are multiplied
// into the compressed space, attention reads one shared vector a token, and its output is expanded.
// Prompts expand keys and values for every head, those of earlier chunks included, and attend as
// usual. Sparse attention (DeepSeek-V3.2, GLM-5) runs absorbed throughout on the keys that its
// indexer picks; a causal window as long as the selection has the same pairs.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import type { LatentAttentionMixer } from '../model.js'
import {
  addDecodeKernel,
  addKvWrite,
  addPrefillKernel,
  addRope,
  type KernelShape,
  phaseTokens,
} from './attention.js'
import type { ProgramBuilder } from './builder.js'
import type { Sizes } from './sizes.js'

/** Adds the mixer of a layer, up to its output projection. */
export function addLatentAttention(b: ProgramBuilder, mixer: LatentAttentionMixer): void {
  const { hidden } = b.model
  const heads = b.layout.share(mixer.heads, b.layout.tensor)
  const { queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer
  const compressed = kvRank + ropeDim
  const queryDim = nopeDim + ropeDim
  if (queryRank === null) {
    b.linear('q_proj', 'self_attn.q_proj', 'attention', 'tokens', heads * queryDim, hidden)
    b.linear('kv_a_proj', 'self_attn.kv_a_proj', 'attention', 'tokens', compressed, hidden)
  } else {
    b.linear(
      'qkv_a_proj',
      'self_attn.fused_qkv_a_proj',
      'attention',
      'tokens',
      queryRank + compressed,
      hidden,
      { bias: mixer.qkvBias },
    )
    b.norm('q_a_layernorm', 'self_attn.q_a_layernorm', 'tokens', queryRank, false)
    b.linear('q_b_proj', 'self_attn.q_b_proj', 'attention', 'tokens', heads * queryDim, queryRank)
  }
  b.norm('kv_a_layernorm', 'self_attn.kv_a_layernorm', 'tokens', kvRank, false)
  addRope(b, heads, 1, ropeDim)
  addKvWrite(b, compressed)
  if (indexer !== undefined) addIndexer(b, mixer, indexer)

  const absorbed: KernelShape = {
    heads,
    kvHeads: 1,
    headDim: compressed,
    headDimV: kvRank,
    variant: 'mla',
  }
  if (indexer !== undefined) absorbed.window = indexer.topk
  if (indexer !== undefined || b.options.latentPrefill === 'compressed') {
    addAbsorb(b, 'prefill', heads, nopeDim, kvRank, 'query_absorb')
    addPrefillKernel(b, absorbed, compressed)
    addAbsorb(b, 'prefill', heads, kvRank, valueDim, 'value_expand')
  } else {
    addExpansion(b, heads, mixer)
    const expanded: KernelShape = { heads, kvHeads: heads, headDim: queryDim, headDimV: valueDim }
    addPrefillKernel(b, expanded, compressed)
  }
  addAbsorb(b, 'decode', heads, nopeDim, kvRank, 'query_absorb')
  addDecodeKernel(b, absorbed)
  addAbsorb(b, 'decode', heads, kvRank, valueDim, 'value_expand')
  b.linear('o_proj', 'self_attn.o_proj', 'attention', 'tokens', hidden, heads * valueDim)
}

/** One small matrix for every head, applied to the tokens of a phase. */
function addAbsorb(
  b: ProgramBuilder,
  phase: 'prefill' | 'decode',
  heads: number,
  k: number,
  n: number,
  name: string,
): void {
  const rows = phaseTokens(phase, b.layout.context)
  const call: OpCallOf<'bmm'> = {
    op: 'bmm',
    batch: heads,
    m: 0,
    n,
    k,
    dtype: b.dtypes.activations,
  }
  b.add(
    `${name}_${phase}`,
    'self_attn.kv_b_proj',
    call,
    (bmm, sizes) => {
      bmm.m = rows(sizes)
    },
    { needs: phase, varies: phase },
  )
}

/** Keys and values of every head from the compressed vectors of all keys. */
function addExpansion(b: ProgramBuilder, heads: number, mixer: LatentAttentionMixer): void {
  const { kvRank, nopeDim, ropeDim, valueDim } = mixer
  const extra = { needs: 'prefill', varies: 'prefill' } as const
  const rows = (sizes: Sizes) => sizes.prefillKeys
  const types = b.gemmTypes('attention')
  if (types.dtype !== b.dtypes.activations) {
    b.quantize('kv_b_proj', 'self_attn.kv_b_proj', rows, kvRank, 'attention', extra)
  }
  const call: OpCallOf<'matmul'> = {
    op: 'matmul',
    m: 0,
    n: heads * (nopeDim + valueDim),
    k: kvRank,
    ...types,
  }
  b.add(
    'kv_b_proj',
    'self_attn.kv_b_proj',
    call,
    (matmul, sizes) => {
      matmul.m = rows(sizes)
    },
    extra,
  )
  const keys: OpCallOf<'cat'> = {
    op: 'cat',
    elements: 0,
    dtype: b.dtypes.activations,
    inputs: 2,
  }
  b.add(
    'key_cat',
    'self_attn',
    keys,
    (cat, sizes) => {
      cat.elements = rows(sizes) * heads * (nopeDim + ropeDim)
    },
    extra,
  )
}

/** Scores every key with a few small heads and picks the best ones for each token. */
function addIndexer(
  b: ProgramBuilder,
  mixer: LatentAttentionMixer,
  indexer: { heads: number; headDim: number; topk: number },
): void {
  const { hidden } = b.model
  const { heads, headDim, topk } = indexer
  const { context } = b.layout
  const from = mixer.queryRank ?? hidden
  b.linear('index_q_proj', 'self_attn.indexer.wq_b', 'attention', 'tokens', heads * headDim, from)
  b.linear('index_k_proj', 'self_attn.indexer.wk', 'attention', 'tokens', headDim, hidden)
  b.linear('index_weights', 'self_attn.indexer.weights_proj', null, 'tokens', heads, hidden)
  const write: OpCallOf<'kv_cache_write'> = {
    op: 'kv_cache_write',
    tokens: 0,
    width: headDim,
    dtype: b.dtypes.activations,
    cacheDtype: 'fp8_e4m3',
  }
  b.add('index_key_write', 'self_attn.indexer', write, (call, sizes) => {
    call.tokens = sizes.tokens
  })
  for (const phase of ['prefill', 'decode'] as const) {
    const rows = phaseTokens(phase, b.layout.context)
    // Keys are scored in FP8; the heads' scores are weighted and added, so one number a pair remains.
    const score: OpCallOf<'other'> = { op: 'other', name: 'sparse_attention_indexer' }
    b.add(
      `index_scores_${phase}`,
      'self_attn.indexer',
      score,
      (call, sizes) => {
        const prompt = phase === 'prefill'
        const tokens = rows(sizes)
        const pairs = prompt
          ? sizes.prefillPairs / context
          : (sizes.decodeTokens * sizes.decodeKeyLength) / context
        const keys = prompt
          ? sizes.prefillKeys
          : (sizes.decodeSequences * sizes.decodeKeyLength) / context
        call.flops = 2 * pairs * heads * headDim
        call.readBytes = Math.round((tokens * heads + keys) * headDim)
        call.writeBytes = Math.round(pairs * dtypeBytes('fp32'))
      },
      { needs: phase, varies: phase },
    )
    const pick: OpCallOf<'topk'> = { op: 'topk', rows: 0, cols: 0, k: topk, dtype: 'fp32' }
    b.add(
      `index_topk_${phase}`,
      'self_attn.indexer',
      pick,
      (call, sizes) => {
        call.rows = rows(sizes)
        call.cols = Math.ceil(phase === 'prefill' ? sizes.prefillKeyLength : sizes.decodeKeyLength)
        call.k = Math.min(topk, call.cols)
      },
      { needs: phase, varies: phase },
    )
  }
}
