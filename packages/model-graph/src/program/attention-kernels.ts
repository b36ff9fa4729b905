// The kernels of attention: rotation, KV write, prefill and decode. With context parallelism, prompts
// run as a ring
// (arXiv 2310.01889): each device keeps its queries and passes keys and values on, balanced so that
// every step but its own is half masked; decoding gathers queries, attends to its share of the keys
// and combines the partial results.
import type { OpCallOf } from '@flowsim/trace-schema'
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
  /** Tokens see their own chunk of so many tokens only. */
  chunk?: number
  /** Whether tokens see those before them only; true if absent. */
  causal?: boolean
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
  const { chunk, causal = true } = shape
  const statesPairs = shape.window === undefined && chunk === undefined && causal
  b.add(
    'attention_prefill',
    'self_attn.attn',
    kernelCall(b, 'prefill', shape),
    (call, sizes) => {
      call.batch = sizes.prefillSequences
      call.queryLen = sizes.prefillQuery / context
      call.kvLen = sizes.prefillKeyLength / context
      if (statesPairs) call.pairs = sizes.prefillPairs / (context * context)
      else if (chunk !== undefined) {
        const pairs = chunkPairs(sizes.prefillQuery, sizes.prefillKeyLength, chunk)
        call.pairs = (call.batch * pairs) / (context * context)
      }
    },
    extra,
  )
  if (context === 1) return
  const outputs = shape.heads * (shape.headDimV ?? shape.headDim)
  b.communicate('send', 'ring_exchange', 'self_attn.attn', {
    group: 'context',
    devices: context,
    elements: (sizes) => Math.ceil(sizes.prefillKeys / context) * ringWidth,
    needs: 'prefill',
    varies: 'prefill',
    times: context - 1,
    dtype: b.dtypes.kv,
  })
  const ringStep = kernelCall(b, 'prefill', shape)
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
  b.pointwise('ring_merge', 'self_attn.attn', {
    rows: (sizes) => Math.ceil(sizes.prefillTokens / context),
    cols: outputs,
    function: 'merge_attention_states',
    inputs: 2,
    needs: 'prefill',
    varies: 'prefill',
    times: context - 1,
  })
}

/** The attention kernel of decoding sequences. */
export function addDecodeKernel(b: ProgramBuilder, shape: KernelShape): void {
  const { context } = b.layout
  const extra = { needs: 'decode', varies: 'decode' } as const
  const { heads, headDim, headDimV = headDim, chunk } = shape
  b.communicate('all_gather', 'query_all_gather', 'self_attn.attn', {
    group: 'context',
    devices: context,
    elements: (sizes) => sizes.decodeTokens * heads * headDim,
    ...extra,
  })
  b.add(
    'attention_decode',
    'self_attn.attn',
    kernelCall(b, 'decode', shape),
    (call, sizes) => {
      call.batch = sizes.decodeSequences
      call.queryLen = sizes.decodeQuery
      // A chunk is half full on average.
      const seen =
        chunk === undefined || sizes.decodeKeyLength <= chunk
          ? sizes.decodeKeyLength
          : (chunk + 1) / 2
      call.kvLen = seen / context
    },
    { ...extra, perLength: true },
  )
  b.communicate('all_gather', 'softmax_sum_all_gather', 'self_attn.attn', {
    group: 'context',
    devices: context,
    elements: (sizes) => context * sizes.decodeTokens * heads,
    ...extra,
    dtype: 'fp32',
  })
  b.communicate('reduce_scatter', 'output_reduce_scatter', 'self_attn.attn', {
    group: 'context',
    devices: context,
    elements: (sizes) => sizes.decodeTokens * heads * headDimV,
    ...extra,
  })
}

/** (query, key) pairs of the last `queries` of `keys` tokens, each of which sees its chunk up to itself. */
function chunkPairs(queries: number, keys: number, chunk: number): number {
  const upTo = (tokens: number) => {
    const whole = Math.floor(tokens / chunk)
    const rest = tokens - whole * chunk
    return (whole * chunk * (chunk + 1) + rest * (rest + 1)) / 2
  }
  return upTo(keys) - upTo(keys - queries)
}

/** Attention to the `keys` vectors of an encoder, of prompts and of decoding sequences. */
export function addCrossKernels(b: ProgramBuilder, shape: KernelShape, keys: number): void {
  for (const phase of ['prefill', 'decode'] as const) {
    b.add(
      `cross_attention_${phase}`,
      'encoder_attn.attn',
      kernelCall(b, phase, shape),
      (call, sizes) => {
        call.batch = phase === 'prefill' ? sizes.prefillSequences : sizes.decodeSequences
        call.queryLen = phase === 'prefill' ? sizes.prefillQuery : sizes.decodeQuery
        call.kvLen = keys
      },
      { needs: phase, varies: phase, perLength: true },
    )
  }
}

/** An attention kernel whose batch and lengths are still to be set. */
export function kernelCall(
  b: ProgramBuilder,
  phase: 'prefill' | 'decode',
  shape: KernelShape,
): OpCallOf<'attention'> {
  const { attention: dtype, kv } = b.dtypes
  const { chunk, causal = true, ...rest } = shape
  return {
    op: 'attention',
    phase,
    batch: 1,
    queryLen: 1,
    kvLen: 1,
    ...rest,
    ...(chunk === undefined ? {} : { window: chunk }),
    causal,
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
