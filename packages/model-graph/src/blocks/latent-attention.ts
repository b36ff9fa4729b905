// Multi-head latent attention (arXiv 2405.04434). Decoding runs "absorbed": queries are multiplied
// into the compressed space, attention reads one shared vector a token, and its output is expanded.
// Prompts expand keys and values for every head, those of earlier chunks included, and attend as
// usual. Sparse attention (DeepSeek-V3.2, GLM-5) runs absorbed throughout on the keys that its
// indexer picks; a causal window as long as the selection has the same pairs.
import type { OpCallOf } from '@flowsim/trace-schema'
import { dtypeBytes } from '@flowsim/trace-schema'
import {
  addDecodeKernel,
  addKvWrite,
  addPrefillKernel,
  addRope,
  type KernelShape,
  phaseTokens,
} from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import type { Sizes } from '../program/sizes.js'
import { type MixerBlock, matrix, plain } from './block.js'
import { addIndexer, type Indexer, indexerWeights, KEY_SCALE_BYTES } from './indexer.js'

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): one compressed vector a token. */
export interface LatentAttentionMixer {
  type: 'mla'
  heads: number
  /** Rank of the query projection; null where queries are projected in one step. */
  queryRank: number | null
  /** Width of the compressed keys and values. */
  kvRank: number
  /** Width of a query and key head without rotation. */
  nopeDim: number
  /** Width of the rotated part, which all heads share for keys. */
  ropeDim: number
  valueDim: number
  /** Sparse attention: a small scorer picks the keys that each token attends to. */
  indexer?: Indexer
  qkvBias: boolean
  /** The output is multiplied by a sigmoid gate of its width. */
  outputGate?: boolean
  sinks?: boolean
}

export const LATENT_ATTENTION: MixerBlock<LatentAttentionMixer> = {
  weights(mixer, hidden) {
    const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer
    const query = heads * (nopeDim + ropeDim)
    return [
      ...(queryRank === null
        ? [matrix('q_proj', hidden * query, 'tensor')]
        : [
            matrix('q_a_proj', hidden * queryRank, 'replicated'),
            plain('q_a_layernorm', queryRank, 'replicated'),
            matrix('q_b_proj', queryRank * query, 'tensor'),
          ]),
      matrix('kv_a_proj', hidden * (kvRank + ropeDim), 'replicated'),
      plain('kv_a_layernorm', kvRank, 'replicated'),
      matrix('kv_b_proj', kvRank * heads * (nopeDim + valueDim), 'tensor'),
      matrix('o_proj', heads * valueDim * hidden, 'tensor'),
      ...(mixer.outputGate === true
        ? [matrix('gate_proj', hidden * heads * valueDim, 'tensor')]
        : []),
      ...(mixer.sinks === true ? [plain('sinks', heads, 'tensor')] : []),
      ...(indexer === undefined ? [] : indexerWeights(indexer, queryRank ?? hidden, hidden)),
    ]
  },
  divided: ({ heads }) => [{ count: heads, what: 'heads' }],
  cacheBytesPerToken({ kvRank, ropeDim, indexer }, layout, { kv }) {
    // The indexer keeps one FP8 key and a scale for each token.
    const index =
      indexer === undefined || indexer.shared === true ? 0 : indexer.headDim + KEY_SCALE_BYTES
    return ((kvRank + ropeDim) * dtypeBytes(kv) + index) / layout.context
  },
  activationWidth: ({ heads, nopeDim, ropeDim, valueDim }) =>
    heads * (2 * (nopeDim + ropeDim) + 2 * valueDim),
  addOps,
}

function addOps(b: ProgramBuilder, mixer: LatentAttentionMixer): void {
  const { hidden } = b.model
  const heads = b.layout.share(mixer.heads, b.layout.tensor)
  const { queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer
  const compressed = kvRank + ropeDim
  const queryDim = nopeDim + ropeDim
  if (queryRank === null) {
    b.linear('q_proj', 'self_attn.q_proj', {
      part: 'attention',
      rows: 'tokens',
      n: heads * queryDim,
      k: hidden,
    })
    b.linear('kv_a_proj', 'self_attn.kv_a_proj', {
      part: 'attention',
      rows: 'tokens',
      n: compressed,
      k: hidden,
    })
  } else {
    b.linear('qkv_a_proj', 'self_attn.fused_qkv_a_proj', {
      part: 'attention',
      rows: 'tokens',
      n: queryRank + compressed,
      k: hidden,
      bias: mixer.qkvBias,
    })
    b.norm('q_a_layernorm', 'self_attn.q_a_layernorm', 'tokens', queryRank, false)
    b.linear('q_b_proj', 'self_attn.q_b_proj', {
      part: 'attention',
      rows: 'tokens',
      n: heads * queryDim,
      k: queryRank,
    })
  }
  b.norm('kv_a_layernorm', 'self_attn.kv_a_layernorm', 'tokens', kvRank, false)
  addRope(b, heads, 1, ropeDim)
  addKvWrite(b, compressed)
  if (indexer !== undefined && indexer.shared !== true) {
    addIndexer(b, indexer, mixer.queryRank ?? hidden)
  }

  const absorbed: KernelShape = {
    heads,
    kvHeads: 1,
    headDim: compressed,
    headDimV: kvRank,
    variant: 'mla',
  }
  if (indexer !== undefined) absorbed.window = indexer.topk
  if (indexer !== undefined || b.options.latentPrefill === 'compressed') {
    addAbsorb(b, 'query_absorb', { phase: 'prefill', heads, k: nopeDim, n: kvRank })
    addPrefillKernel(b, absorbed, compressed)
    addAbsorb(b, 'value_expand', { phase: 'prefill', heads, k: kvRank, n: valueDim })
  } else {
    addExpansion(b, heads, mixer)
    const expanded: KernelShape = { heads, kvHeads: heads, headDim: queryDim, headDimV: valueDim }
    addPrefillKernel(b, expanded, compressed)
  }
  addAbsorb(b, 'query_absorb', { phase: 'decode', heads, k: nopeDim, n: kvRank })
  addDecodeKernel(b, absorbed)
  addAbsorb(b, 'value_expand', { phase: 'decode', heads, k: kvRank, n: valueDim })
  if (mixer.outputGate === true) {
    const width = heads * valueDim
    b.linear('gate_proj', 'self_attn.gate_proj', {
      part: 'attention',
      rows: 'tokens',
      n: width,
      k: hidden,
    })
    b.pointwise('output_gate', 'self_attn', {
      rows: 'tokens',
      cols: width,
      function: 'sigmoid_mul',
      inputs: 2,
    })
  }
  b.linear('o_proj', 'self_attn.o_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: heads * valueDim,
  })
}

/** One small matrix for every head, applied to the tokens of a phase. */
function addAbsorb(
  b: ProgramBuilder,
  name: string,
  product: { phase: 'prefill' | 'decode'; heads: number; k: number; n: number },
): void {
  const { phase, heads, k, n } = product
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
    b.quantize('kv_b_proj', 'self_attn.kv_b_proj', {
      rows,
      cols: kvRank,
      part: 'attention',
      ...extra,
    })
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
