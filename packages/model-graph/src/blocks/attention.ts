// Softmax attention: QKV projection, norms and rotation of queries and keys, KV write, the prefill
// and the decode kernel, output projection.
import { dtypeBytes } from '@flowsim/trace-schema'
import { localKvHeads } from '../kv-heads.js'
import {
  addDecodeKernel,
  addKvWrite,
  addPrefillKernel,
  addRope,
  type KernelShape,
} from '../program/attention-kernels.js'
import type { ProgramBuilder } from '../program/builder.js'
import { type MixerBlock, matrix, plain, type Weight } from './block.js'
import { addBlockSelection, type BlockSelection, selectionWeights } from './block-selection.js'

/** Softmax attention with one key and value head for every `heads / kvHeads` query heads. */
export interface AttentionMixer {
  type: 'attention'
  heads: number
  kvHeads: number
  /** Width of a query or key head. */
  headDim: number
  /** Width of a value head, where it is another. */
  valueDim?: number
  /** Width of a head that is rotated; 0 where positions are not rotary. */
  rotaryDim: number
  /** Keys that a token sees at most: those nearest to it (sliding window). */
  window?: number
  /** A token sees its own chunk of so many tokens only, from the chunk's start. */
  chunk?: number
  /** A small scorer picks the blocks of keys that each token attends to. */
  blocks?: BlockSelection
  /** Norm of queries and keys: over each head, or over the whole layer's width. */
  qkNorm?: 'head' | 'layer'
  /** The output is multiplied by a sigmoid gate: one number an element (made with the queries) or a head. */
  outputGate?: 'element' | 'head'
  qkvBias: boolean
  outBias: boolean
  /** Each head has a learned sink beside its keys. */
  sinks?: boolean
  /** Tokens see those after them too, as in encoders. */
  bidirectional?: boolean
  /** Values are the keys before their norm: nothing is projected for them. */
  valueIsKey?: boolean
  /** Keys and values are those of a layer before: nothing is projected, written or kept. */
  sharesKv?: boolean
  /** Rank of the query projection, where queries are projected in two steps. */
  queryRank?: number
  /** Width of the input, where it is not the hidden size. */
  inputDim?: number
}

export const ATTENTION: MixerBlock<AttentionMixer> = {
  weights,
  divided: ({ heads, kvHeads }) => [
    { count: heads, what: 'heads' },
    { count: kvHeads, what: 'key-value heads', repeats: true },
  ],
  cacheBytesPerToken(mixer, layout, { kv }) {
    if (mixer.sharesKv === true || mixer.bidirectional === true) return 0
    const { headDim, valueDim = headDim, blocks } = mixer
    const kvHeads = localKvHeads(mixer.kvHeads, layout.tensor)
    const index = blocks === undefined ? 0 : blocks.headDim * dtypeBytes(kv)
    return (kvHeads * (headDim + valueDim) * dtypeBytes(kv) + index) / layout.context
  },
  cacheBytes(mixer, tokens, layout, dtypes) {
    const kept = Math.min(tokens, mixer.window ?? mixer.chunk ?? tokens)
    return kept * this.cacheBytesPerToken!(mixer, layout, dtypes)
  },
  activationWidth: ({ heads, kvHeads, headDim, valueDim = headDim }) =>
    heads * (headDim + valueDim) + kvHeads * (headDim + valueDim),
  addOps,
}

/** Elements of keys and values that a token's projection makes. */
function projectedKv({ headDim, valueDim = headDim, ...mixer }: AttentionMixer, kvHeads: number) {
  if (mixer.sharesKv === true) return 0
  return kvHeads * (mixer.valueIsKey === true ? headDim : headDim + valueDim)
}

function weights(mixer: AttentionMixer, hidden: number): Weight[] {
  const { heads, kvHeads, headDim, valueDim = headDim, inputDim = hidden, outputGate } = mixer
  const query = heads * headDim + (outputGate === 'element' ? heads * valueDim : 0)
  const keyValue = projectedKv(mixer, kvHeads)
  const keyNorm = mixer.sharesKv === true ? 0 : 1
  return [
    ...(mixer.queryRank === undefined
      ? [matrix('q_proj', inputDim * query, 'tensor')]
      : [
          matrix('q_a_proj', inputDim * mixer.queryRank, 'replicated'),
          plain('q_a_layernorm', mixer.queryRank, 'replicated'),
          matrix('q_b_proj', mixer.queryRank * query, 'tensor'),
        ]),
    matrix('kv_proj', inputDim * keyValue, 'kv_heads'),
    matrix('o_proj', heads * valueDim * hidden, 'tensor'),
    ...(outputGate === 'head' ? [plain('gate_proj', inputDim * heads, 'tensor')] : []),
    ...(mixer.qkvBias
      ? [plain('q_bias', query, 'tensor'), plain('kv_bias', keyValue, 'kv_heads')]
      : []),
    ...(mixer.outBias ? [plain('o_bias', hidden, 'replicated')] : []),
    ...(mixer.qkNorm === 'head' ? [plain('qk_norm', (1 + keyNorm) * headDim, 'replicated')] : []),
    ...(mixer.qkNorm === 'layer'
      ? [plain('qk_norm', (heads + keyNorm * kvHeads) * headDim, 'tensor')]
      : []),
    ...(mixer.sinks === true ? [plain('sinks', heads, 'tensor')] : []),
    ...(mixer.blocks === undefined ? [] : selectionWeights(mixer.blocks, hidden)),
  ]
}

function addOps(b: ProgramBuilder, mixer: AttentionMixer): void {
  const { tensor, share } = b.layout
  const { hidden } = b.model
  const { headDim, valueDim = headDim, inputDim = hidden } = mixer
  const heads = share(mixer.heads, tensor)
  const kvHeads = localKvHeads(mixer.kvHeads, tensor)
  const queries = heads * headDim + (mixer.outputGate === 'element' ? heads * valueDim : 0)
  const projected = projectedKv(mixer, kvHeads)
  const bias = { bias: mixer.qkvBias }
  const name = 'self_attn.qkv_proj'
  if (mixer.queryRank === undefined) {
    b.linear('qkv_proj', name, {
      part: 'attention',
      rows: 'tokens',
      n: queries + projected,
      k: inputDim,
      ...bias,
    })
  } else {
    const { queryRank } = mixer
    b.linear('qkv_proj', name, {
      part: 'attention',
      rows: 'tokens',
      n: queryRank + projected,
      k: inputDim,
      ...bias,
    })
    b.norm('q_a_layernorm', 'self_attn.q_a_layernorm', 'tokens', queryRank, false)
    b.linear('q_b_proj', 'self_attn.q_b_proj', {
      part: 'attention',
      rows: 'tokens',
      n: queries,
      k: queryRank,
    })
  }
  addQkNorm(b, mixer, heads, kvHeads)
  if (mixer.rotaryDim > 0) addRope(b, heads, kvHeads, mixer.rotaryDim)
  const width = kvHeads * (headDim + valueDim)
  const cached = mixer.bidirectional !== true && mixer.sharesKv !== true
  if (cached) addKvWrite(b, width)
  const shape: KernelShape = { heads, kvHeads, headDim }
  if (valueDim !== headDim) shape.headDimV = valueDim
  if (mixer.window !== undefined) shape.window = mixer.window
  if (mixer.chunk !== undefined) shape.chunk = mixer.chunk
  if (mixer.bidirectional === true) shape.causal = false
  if (mixer.blocks !== undefined) {
    addBlockSelection(b, mixer.blocks)
    shape.window = mixer.blocks.blockTokens * mixer.blocks.topkBlocks
  }
  addPrefillKernel(b, shape, width)
  if (mixer.bidirectional !== true) addDecodeKernel(b, shape)
  if (mixer.outputGate === 'element') {
    b.pointwise('output_gate', 'self_attn', {
      rows: 'tokens',
      cols: heads * valueDim,
      function: 'sigmoid_mul',
      inputs: 2,
    })
  } else if (mixer.outputGate === 'head') {
    b.linear('gate_proj', 'self_attn.g_proj', { part: null, rows: 'tokens', n: heads, k: inputDim })
    b.pointwise('output_gate', 'self_attn', {
      rows: 'tokens',
      cols: heads * valueDim,
      function: 'sigmoid_mul',
      inputs: 1,
    })
  }
  b.linear('o_proj', 'self_attn.o_proj', {
    part: 'attention',
    rows: 'tokens',
    n: hidden,
    k: heads * valueDim,
    bias: mixer.outBias,
  })
}

function addQkNorm(b: ProgramBuilder, mixer: AttentionMixer, heads: number, kvHeads: number): void {
  const { headDim } = mixer
  if (mixer.qkNorm === 'head') {
    b.norm('q_norm', 'self_attn.q_norm', (sizes) => sizes.tokens * heads, headDim, false)
    b.norm('k_norm', 'self_attn.k_norm', (sizes) => sizes.tokens * kvHeads, headDim, false)
  } else if (mixer.qkNorm === 'layer') {
    // The norm spans all heads, so devices add up their sums of squares: one of q, one of k.
    b.communicate('all_reduce', 'qk_norm_all_reduce', 'self_attn.q_norm', {
      group: 'tensor',
      devices: b.layout.tensor,
      elements: (sizes) => 2 * sizes.tokens,
      dtype: 'fp32',
    })
    b.norm('q_norm', 'self_attn.q_norm', 'tokens', heads * headDim, false)
    b.norm('k_norm', 'self_attn.k_norm', 'tokens', kvHeads * headDim, false)
  }
}
