// Softmax attention: QKV projection, norms and rotation of queries and keys, KV write, the prefill
// and the decode kernel, output projection. With context parallelism, prompts run as a ring
// (arXiv 2310.01889): each device keeps its queries and passes keys and values on, balanced so that
// every step but its own is half masked; decoding gathers queries, attends to its share of the keys
// and combines the partial results.
import type { OpCallOf } from '@flowsim/trace-schema'
import type { AttentionMixer } from '../model.js'
import { localKvHeads } from '../parallelism.js'
import type { ProgramBuilder } from './builder.js'
import type { Sizes } from './sizes.js'

/** Shape of an attention kernel on one device. */
export interface KernelShape {
  heads: number
  kvHeads: number
  headDim: number
  headDimV?: number
  variant?: 'mla'
  window?: number
}

/** Adds the mixer of a layer, up to its output projection. */
export function addAttention(b: ProgramBuilder, mixer: AttentionMixer): void {
  const { tensor, share } = b.layout
  const { hidden } = b.model
  const { headDim } = mixer
  const heads = share(mixer.heads, tensor)
  const kvHeads = localKvHeads(mixer.kvHeads, tensor)
  const queries = heads * headDim * (mixer.outputGate === true ? 2 : 1)
  b.linear(
    'qkv_proj',
    'self_attn.qkv_proj',
    'attention',
    'tokens',
    queries + 2 * kvHeads * headDim,
    hidden,
    { bias: mixer.qkvBias },
  )
  addQkNorm(b, mixer, heads, kvHeads)
  if (mixer.rotaryDim > 0) addRope(b, heads, kvHeads, mixer.rotaryDim)
  addKvWrite(b, 2 * kvHeads * headDim)
  const shape: KernelShape = { heads, kvHeads, headDim }
  if (mixer.window !== undefined) shape.window = mixer.window
  addPrefillKernel(b, shape, 2 * kvHeads * headDim)
  addDecodeKernel(b, shape)
  if (mixer.outputGate === true) {
    b.pointwise('output_gate', 'self_attn', 'tokens', heads * headDim, 'sigmoid_mul', 2)
  }
  b.linear('o_proj', 'self_attn.o_proj', 'attention', 'tokens', hidden, heads * headDim, {
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
    b.communicate(
      'all_reduce',
      'qk_norm_all_reduce',
      'self_attn.q_norm',
      'tensor',
      b.layout.tensor,
      (sizes) => 2 * sizes.tokens,
      { dtype: 'fp32' },
    )
    b.norm('q_norm', 'self_attn.q_norm', 'tokens', heads * headDim, false)
    b.norm('k_norm', 'self_attn.k_norm', 'tokens', kvHeads * headDim, false)
  }
}

/** Rotation of queries and keys. */
export function addRope(b: ProgramBuilder, heads: number, kvHeads: number, headDim: number): void {
  const call: OpCallOf<'rope'> = {
    op: 'rope',
    tokens: 0,
    heads,
    kvHeads,
    headDim,
    dtype: b.dtypes.activations,
  }
  b.add('rotary_emb', 'self_attn.rotary_emb', call, (rope, sizes) => {
    rope.tokens = sizes.tokens
  })
}

/** Write of `width` elements a token to the KV cache. */
export function addKvWrite(b: ProgramBuilder, width: number): void {
  const { activations, kv } = b.dtypes
  const call: OpCallOf<'kv_cache_write'> = {
    op: 'kv_cache_write',
    tokens: 0,
    width,
    dtype: activations,
  }
  if (kv !== activations) call.cacheDtype = kv
  b.add('kv_cache_write', 'self_attn.attn', call, (write, sizes) => {
    write.tokens = sizes.tokens
  })
}

/**
 * The attention kernel of prompts.
 * @param ringWidth - elements of a token that context parallelism passes on
 */
export function addPrefillKernel(b: ProgramBuilder, shape: KernelShape, ringWidth: number): void {
  const { context } = b.layout
  const extra = { needs: 'prefill', varies: 'prefill', perLength: true } as const
  // The sum over sequences is known for the causal mask, not for a window.
  const statesPairs = shape.window === undefined
  b.add(
    'attention_prefill',
    'self_attn.attn',
    kernel(b, 'prefill', shape),
    (call, sizes) => {
      call.batch = sizes.prefillSequences
      call.queryLen = sizes.prefillQuery / context
      call.kvLen = sizes.prefillKeyLength / context
      if (statesPairs) call.pairs = sizes.prefillPairs / (context * context)
    },
    extra,
  )
  if (context === 1) return
  const outputs = shape.heads * (shape.headDimV ?? shape.headDim)
  b.communicate(
    'send',
    'ring_exchange',
    'self_attn.attn',
    'context',
    context,
    (sizes) => Math.ceil(sizes.prefillKeys / context) * ringWidth,
    { needs: 'prefill', varies: 'prefill', times: context - 1, dtype: b.dtypes.kv },
  )
  const ringStep = kernel(b, 'prefill', shape)
  ringStep.causal = false
  b.add(
    'attention_ring_step',
    'self_attn.attn',
    ringStep,
    (call, sizes) => {
      call.batch = sizes.prefillSequences
      call.queryLen = sizes.prefillQuery / context
      call.kvLen = (sizes.prefillKeyLength - sizes.prefillQuery / 2) / context
      if (statesPairs) call.pairs = sizes.prefillPairs / (context * context)
    },
    { ...extra, times: context - 1 },
  )
  b.pointwise(
    'ring_merge',
    'self_attn.attn',
    (sizes) => Math.ceil(sizes.prefillTokens / context),
    outputs,
    'merge_attention_states',
    2,
    { needs: 'prefill', varies: 'prefill', times: context - 1 },
  )
}

/** The attention kernel of decoding sequences. */
export function addDecodeKernel(b: ProgramBuilder, shape: KernelShape): void {
  const { context } = b.layout
  const extra = { needs: 'decode', varies: 'decode' } as const
  const { heads, headDim, headDimV = headDim } = shape
  b.communicate(
    'all_gather',
    'query_all_gather',
    'self_attn.attn',
    'context',
    context,
    (sizes) => sizes.decodeTokens * heads * headDim,
    extra,
  )
  b.add(
    'attention_decode',
    'self_attn.attn',
    kernel(b, 'decode', shape),
    (call, sizes) => {
      call.batch = sizes.decodeSequences
      call.queryLen = sizes.decodeQuery
      call.kvLen = sizes.decodeKeyLength / context
    },
    { ...extra, perLength: true },
  )
  b.communicate(
    'all_gather',
    'softmax_sum_all_gather',
    'self_attn.attn',
    'context',
    context,
    (sizes) => context * sizes.decodeTokens * heads,
    { ...extra, dtype: 'fp32' },
  )
  b.communicate(
    'reduce_scatter',
    'output_reduce_scatter',
    'self_attn.attn',
    'context',
    context,
    (sizes) => sizes.decodeTokens * heads * headDimV,
    extra,
  )
}

function kernel(
  b: ProgramBuilder,
  phase: 'prefill' | 'decode',
  shape: KernelShape,
): OpCallOf<'attention'> {
  const { attention: dtype, kv } = b.dtypes
  return {
    op: 'attention',
    phase,
    batch: 1,
    queryLen: 1,
    kvLen: 1,
    ...shape,
    causal: true,
    paged: true,
    dtype,
    ...(kv === dtype ? {} : { kvDtype: kv }),
  }
}

/** Rows of a kernel that takes the tokens of one phase. */
export function phaseTokens(
  phase: 'prefill' | 'decode',
  context: number,
): (sizes: Sizes) => number {
  return phase === 'prefill'
    ? (sizes) => Math.ceil(sizes.prefillTokens / context)
    : (sizes) => Math.ceil(sizes.decodeTokens / context)
}
