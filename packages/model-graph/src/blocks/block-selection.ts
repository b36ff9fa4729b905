// Block-sparse attention (MiniMax M3): a few small heads score every key, and each key-value head
// attends to the blocks of keys whose best score is highest.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import { phaseTokens } from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import { matrix, plain, type Weight } from './block.js'

/** Blocks of keys that sparse attention picks (MiniMax M3). */
export interface BlockSelection {
  heads: number
  headDim: number
  blockTokens: number
  topkBlocks: number
}

export function selectionWeights({ heads, headDim }: BlockSelection, hidden: number): Weight[] {
  return [
    matrix('indexer', hidden * (heads + 1) * headDim, 'replicated'),
    plain('indexer_norms', 2 * headDim, 'replicated'),
  ]
}

/** Scores every key and picks the best blocks for each token. */
export function addBlockSelection(b: ProgramBuilder, selection: BlockSelection): void {
  const { heads, headDim, blockTokens, topkBlocks } = selection
  const { context } = b.layout
  const module = 'self_attn.indexer'
  b.linear('index_qk_proj', module, {
    part: 'attention',
    rows: 'tokens',
    n: (heads + 1) * headDim,
    k: b.model.hidden,
  })
  const bytes = dtypeBytes(b.dtypes.activations)
  for (const phase of ['prefill', 'decode'] as const) {
    const rows = phaseTokens(phase, context)
    const score: OpCallOf<'other'> = {
      op: 'other',
      name: 'sparse_attention_indexer',
      matrixDtype: b.dtypes.activations,
    }
    b.add(
      `index_scores_${phase}`,
      module,
      score,
      (call, sizes) => {
        const isPrompt = phase === 'prefill'
        const pairs = isPrompt
          ? sizes.prefillPairs / context
          : (sizes.decodeTokens * sizes.decodeKeyLength) / context
        const keys = isPrompt
          ? sizes.prefillKeys
          : (sizes.decodeSequences * sizes.decodeKeyLength) / context
        call.flops = 2 * pairs * heads * headDim
        call.readBytes = Math.round((rows(sizes) * heads + keys) * headDim * bytes)
        call.writeBytes = Math.round((pairs * heads * dtypeBytes('fp32')) / blockTokens)
      },
      { needs: phase, varies: phase },
    )
    const pick: OpCallOf<'topk'> = { op: 'topk', rows: 0, cols: 0, k: topkBlocks, dtype: 'fp32' }
    b.add(
      `index_topk_${phase}`,
      module,
      pick,
      (call, sizes) => {
        const keys = phase === 'prefill' ? sizes.prefillKeyLength : sizes.decodeKeyLength
        call.rows = rows(sizes) * heads
        call.cols = Math.ceil(keys / blockTokens)
        call.k = Math.min(topkBlocks, call.cols)
      },
      { needs: phase, varies: phase },
    )
  }
}
