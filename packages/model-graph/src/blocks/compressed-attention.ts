// Attention to a window and to compressed keys (DeepSeek-V4). One vector is key and value of all heads.
// Each run of `ratio` tokens is pooled into one such vector by a softmax over a learned gate; with an
// indexer, only the best of them are attended to. The output projection is a low-rank one for each group
// of heads. Source: transformers 5.18.0, models/deepseek_v4.
//
// A token at position p sees min(window, p) vectors of the window and p / ratio compressed ones, at most
// `topk`. As one attention call this is a window of that many keys.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { addRope, kernelCall, phaseTokens } from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import type { Sizes } from '../program/sizes.js'
import { type MixerBlock, matrix, plain, type Weight } from './block.js'
import type { Indexer } from './indexer.js'

/**
 * Attention to a window and to compressed keys (DeepSeek-V4): each run of `ratio` tokens leaves one
 * vector that is key and value of all heads.
 */
export interface CompressedMixer {
  type: 'compressed'
  heads: number
  headDim: number
  ropeDim: number
  queryRank: number
  /** The output projection has so many groups of heads, each of this rank. */
  outGroups: number
  outRank: number
  window: number
  /** Tokens in a compressed one; 0 for a window alone. */
  ratio: number
  /** Runs overlap, so that two vectors are made for each. */
  overlap?: boolean
  /** Picks the compressed keys; absent: all are attended to. */
  indexer?: Indexer
}

export const COMPRESSED_ATTENTION: MixerBlock<CompressedMixer> = {
  weights,
  divided: ({ heads }) => [{ count: heads, what: 'heads' }],
  cacheBytesPerToken(mixer, layout, { kv }) {
    const window = mixer.headDim * dtypeBytes(kv)
    return (window + compressedBytes(mixer, dtypeBytes(kv))) / layout.context
  },
  cacheBytes(mixer, tokens, layout, { kv }) {
    const window = Math.min(tokens, mixer.window) * mixer.headDim * dtypeBytes(kv)
    return (window + tokens * compressedBytes(mixer, dtypeBytes(kv))) / layout.context
  },
  activationWidth: ({ heads, headDim }) => 2 * heads * headDim,
  addOps,
}

/** Bytes of compressed keys for each token; the indexer's are FP4 in blocks of 32. */
function compressedBytes({ headDim, ratio, indexer }: CompressedMixer, kvBytes: number): number {
  if (ratio === 0) return 0
  return (headDim * kvBytes + (indexer === undefined ? 0 : (17 / 32) * indexer.headDim)) / ratio
}

function weights(mixer: CompressedMixer, hidden: number): Weight[] {
  const { heads, headDim, queryRank, outGroups, outRank, ratio, indexer } = mixer
  const series = mixer.overlap === true ? 2 : 1
  return [
    matrix('q_a_proj', hidden * queryRank, 'replicated'),
    matrix('q_b_proj', queryRank * heads * headDim, 'tensor'),
    matrix('kv_proj', hidden * headDim, 'replicated'),
    matrix('o_a_proj', heads * headDim * outRank, 'tensor'),
    matrix('o_b_proj', outGroups * outRank * hidden, 'tensor'),
    plain('norms_and_sinks', queryRank + headDim + heads, 'replicated'),
    ...(ratio === 0
      ? []
      : [
          matrix('compressor', 2 * hidden * series * headDim, 'replicated'),
          plain('compressor_bias', ratio * series * headDim + headDim, 'replicated'),
        ]),
    ...(indexer === undefined
      ? []
      : [
          matrix(
            'indexer',
            queryRank * indexer.heads * indexer.headDim + 2 * hidden * series * indexer.headDim,
            'replicated',
          ),
          plain(
            'indexer.weights',
            hidden * indexer.heads + (ratio * series + 1) * indexer.headDim,
            'replicated',
          ),
        ]),
  ]
}

function addOps(b: ProgramBuilder, mixer: CompressedMixer): void {
  const { hidden } = b.model
  const { tensor, share, context } = b.layout
  const { headDim, queryRank, ratio, indexer } = mixer
  const heads = share(mixer.heads, tensor)
  const groups = share(mixer.outGroups, tensor)
  b.linear('qkv_a_proj', 'self_attn.fused_qkv_a_proj', {
    part: 'attention',
    rows: 'tokens',
    n: queryRank + headDim,
    k: hidden,
  })
  b.norm('q_a_layernorm', 'self_attn.q_a_layernorm', 'tokens', queryRank, false)
  b.linear('q_b_proj', 'self_attn.q_b_proj', {
    part: 'attention',
    rows: 'tokens',
    n: heads * headDim,
    k: queryRank,
  })
  b.norm('q_b_norm', 'self_attn.q_b_norm', (sizes) => sizes.tokens * heads, headDim, false)
  b.norm('kv_norm', 'self_attn.kv_norm', 'tokens', headDim, false)
  addRope(b, heads, 1, mixer.ropeDim)
  addWrite(b, 'kv_cache_write', headDim, 1)
  if (ratio > 0) addCompressor(b, mixer)
  if (indexer !== undefined) addCompressedIndexer(b, mixer, indexer)

  for (const phase of ['prefill', 'decode'] as const) {
    const shape = { heads, kvHeads: 1, headDim, headDimV: headDim, variant: 'mla' } as const
    b.add(
      `attention_${phase}`,
      'self_attn.attn',
      kernelCall(b, phase, shape),
      (call, sizes) => {
        const isPrompt = phase === 'prefill'
        const keys = isPrompt ? sizes.prefillKeyLength : sizes.decodeKeyLength
        const queries = isPrompt ? sizes.prefillQuery : sizes.decodeQuery
        call.batch = isPrompt ? sizes.prefillSequences : sizes.decodeSequences
        call.queryLen = queries / context
        call.kvLen = Math.min(keys, mixer.window + queries - 1) + readKeys(mixer, keys, queries)
        call.pairs = (call.batch * seenPairs(mixer, keys, queries)) / context
      },
      { needs: phase, varies: phase, perLength: true },
    )
  }
  const outWidth = heads * headDim
  const grouped: OpCallOf<'bmm'> = {
    op: 'bmm',
    batch: groups,
    m: 0,
    n: mixer.outRank,
    k: outWidth / groups,
    dtype: b.dtypes.activations,
  }
  b.add('o_a_proj', 'self_attn.o_a_proj', grouped, (call, sizes) => {
    call.m = sizes.tokens
  })
  b.linear('o_proj', 'self_attn.o_b_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: groups * mixer.outRank,
  })
}

/** Compressed keys that a kernel reads for a sequence: of several tokens, what their choices span. */
function readKeys({ ratio, indexer }: CompressedMixer, keys: number, queries: number): number {
  if (ratio === 0) return 0
  const compressed = Math.floor(keys / ratio)
  return indexer === undefined ? compressed : Math.min(compressed, indexer.topk * queries)
}

/** (query, key) pairs of the last `queries` of `keys` tokens. */
function seenPairs(mixer: CompressedMixer, keys: number, queries: number): number {
  const { window, ratio, indexer } = mixer
  const first = keys - queries
  const within = cappedSum(keys, window) - cappedSum(first, window)
  if (ratio === 0) return within
  const most = indexer?.topk ?? Number.POSITIVE_INFINITY
  const compressed = cappedSum(keys / ratio, most) - cappedSum(first / ratio, most)
  return within + compressed * ratio
}

/** Σ min(i, cap) for i = 1 … n. */
function cappedSum(n: number, cap: number): number {
  const ramp = Math.min(n, cap)
  return (ramp * (ramp + 1)) / 2 + (n - ramp) * (Number.isFinite(cap) ? cap : 0)
}

/** Pools each run of tokens into one vector. */
function addCompressor(b: ProgramBuilder, mixer: CompressedMixer): void {
  const { headDim, ratio } = mixer
  const width = (mixer.overlap === true ? 2 : 1) * headDim
  const module = 'self_attn.compressor'
  b.linear('compressor_proj', module, {
    part: 'attention',
    rows: 'tokens',
    n: 2 * width,
    k: b.model.hidden,
  })
  b.pointwise('compressor_pool', module, {
    rows: 'tokens',
    cols: width,
    function: 'softmax_pool',
    inputs: 2,
  })
  addWrite(b, 'compressed_write', headDim, ratio)
}

/** Scores the compressed keys and picks the best ones for each token. */
function addCompressedIndexer(b: ProgramBuilder, mixer: CompressedMixer, indexer: Indexer): void {
  const { hidden } = b.model
  const { queryRank, ratio } = mixer
  const { heads, headDim, topk } = indexer
  const { context } = b.layout
  const module = 'self_attn.indexer'
  const width = (mixer.overlap === true ? 2 : 1) * headDim
  b.linear('index_q_proj', `${module}.wq_b`, {
    part: 'attention',
    rows: 'tokens',
    n: heads * headDim,
    k: queryRank,
  })
  b.linear('index_k_proj', `${module}.wk`, {
    part: 'attention',
    rows: 'tokens',
    n: 2 * width,
    k: hidden,
  })
  b.linear('index_weights', `${module}.weights_proj`, {
    part: null,
    rows: 'tokens',
    n: heads,
    k: hidden,
  })
  b.pointwise('index_pool', module, {
    rows: 'tokens',
    cols: width,
    function: 'softmax_pool',
    inputs: 2,
  })
  for (const phase of ['prefill', 'decode'] as const) {
    const rows = phaseTokens(phase, context)
    const score: OpCallOf<'other'> = {
      op: 'other',
      name: 'sparse_attention_indexer',
      matrixDtype: 'fp8_e4m3',
    }
    const lengthOf = (sizes: Sizes) =>
      phase === 'prefill' ? sizes.prefillKeyLength : sizes.decodeKeyLength
    b.add(
      `index_scores_${phase}`,
      module,
      score,
      (call, sizes) => {
        const isPrompt = phase === 'prefill'
        const pairs =
          (isPrompt ? sizes.prefillPairs : sizes.decodeTokens * sizes.decodeKeyLength) /
          (context * ratio)
        const sequences = isPrompt ? sizes.prefillSequences : sizes.decodeSequences
        const keys = (sequences * lengthOf(sizes)) / (context * ratio)
        call.flops = 2 * pairs * heads * headDim
        call.readBytes = Math.round((rows(sizes) * heads + keys) * headDim)
        call.writeBytes = Math.round(pairs * dtypeBytes('fp32'))
      },
      { needs: phase, varies: phase },
    )
    const pick: OpCallOf<'topk'> = { op: 'topk', rows: 0, cols: 0, k: topk, dtype: 'fp32' }
    b.add(
      `index_topk_${phase}`,
      module,
      pick,
      (call, sizes) => {
        call.rows = rows(sizes)
        call.cols = Math.max(1, Math.ceil(lengthOf(sizes) / ratio))
        call.k = Math.min(topk, call.cols)
      },
      { needs: phase, varies: phase },
    )
  }
}

function addWrite(b: ProgramBuilder, name: string, width: number, every: number): void {
  const { activations, kv } = b.dtypes
  const call: OpCallOf<'kv_cache_write'> = {
    op: 'kv_cache_write',
    tokens: 0,
    width,
    dtype: activations,
  }
  if (kv !== activations) call.cacheDtype = kv
  b.add(name, 'self_attn.attn', call, (write, sizes) => {
    write.tokens = Math.ceil(sizes.tokens / every)
  })
}
