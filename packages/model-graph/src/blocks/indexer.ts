// The scorer of sparse attention (DeepSeek-V3.2, GLM-5): a few small heads score every key for each
// token, and the best are attended to. Its keys have their own cache, in FP8.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { phaseTokens } from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import { matrix, plain, type Weight } from './block.js'

/** The scorer of sparse attention. */
export interface Indexer {
  heads: number
  headDim: number
  topk: number
  /** So many keys are pooled into one that is scored. */
  pool?: number
  /** The selection is that of a layer before. */
  shared?: boolean
}

/** @param from - width of the vectors that its queries are projected from */
export function indexerWeights(
  { heads, headDim, shared, pool }: Indexer,
  from: number,
  hidden: number,
): Weight[] {
  if (shared === true) return []
  return [
    matrix('indexer', from * heads * headDim + hidden * headDim, 'replicated'),
    plain('indexer.weights', hidden * heads + 2 * headDim, 'replicated'),
    ...(pool === undefined ? [] : [plain('indexer.pool', headDim * (hidden + pool), 'replicated')]),
  ]
}

/** Each FP8 key has one fp32 scale beside it. */
export const KEY_SCALE_BYTES = 4

/** Scores every key with a few small heads and picks the best ones for each token. */
export function addIndexer(b: ProgramBuilder, indexer: Indexer, from: number): void {
  const { hidden } = b.model
  const { heads, headDim, topk, pool = 1 } = indexer
  const { context } = b.layout
  b.linear('index_q_proj', 'self_attn.indexer.wq_b', {
    part: 'attention',
    rows: 'tokens',
    n: heads * headDim,
    k: from,
  })
  b.linear('index_k_proj', 'self_attn.indexer.wk', {
    part: 'attention',
    rows: 'tokens',
    n: headDim,
    k: hidden,
  })
  b.linear('index_weights', 'self_attn.indexer.weights_proj', {
    part: null,
    rows: 'tokens',
    n: heads,
    k: hidden,
  })
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
    const score: OpCallOf<'other'> = {
      op: 'other',
      name: 'sparse_attention_indexer',
      matrixDtype: 'fp8_e4m3',
    }
    b.add(
      `index_scores_${phase}`,
      'self_attn.indexer',
      score,
      (call, sizes) => {
        const prompt = phase === 'prefill'
        const tokens = rows(sizes)
        const pairs = prompt
          ? sizes.prefillPairs / (context * pool)
          : (sizes.decodeTokens * sizes.decodeKeyLength) / (context * pool)
        const keys = prompt
          ? sizes.prefillKeys / pool
          : (sizes.decodeSequences * sizes.decodeKeyLength) / (context * pool)
        call.flops = 2 * pairs * heads * headDim
        call.readBytes = Math.round(tokens * heads * headDim + keys * (headDim + KEY_SCALE_BYTES))
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
        const keys = phase === 'prefill' ? sizes.prefillKeyLength : sizes.decodeKeyLength
        call.cols = Math.ceil(keys / pool)
        call.k = Math.min(topk, call.cols)
      },
      { needs: phase, varies: phase },
    )
  }
}
