// Attention: heads and widths from q, k and v; sequences and lengths from their shapes, from index
// arrays, from the step's annotation, in this order.
//
// Layouts by rank and by the rule's `layout`: `bshd` [batch, seq, heads, width] (FlashAttention),
// `bhsd` [batch, heads, seq, width] (SDPA), `thd` [tokens, heads, width] (all sequences in a row).
// Caches: [blocks, block, heads, width]; with `layout: 'blocks'` vLLM's [blocks, heads, …, block, …].
import type { Dtype, OpCallOf, TensorArg } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  optional,
  size,
} from './context.js'
import { stepOf } from './step-label.js'

interface Heads {
  heads: number
  kvHeads: number
  headDim: number
  headDimV: number
}

interface Lengths {
  phase: 'prefill' | 'decode' | 'mixed'
  batch: number
  queryLen: number
  kvLen: number
  pairs?: number
  note?: string
}

type Layout = 'bshd' | 'bhsd' | 'thd'

interface Operands {
  q: TensorArg
  k: TensorArg | undefined
  v: TensorArg | undefined
  cache: TensorArg | undefined
  layout: Layout
}

/** Scaled dot-product attention, forward or backward. */
export function attention(context: DimensionContext): Dimensions {
  const { args } = context
  const q = args.tensor('q', 'query')
  if (q === undefined) return NO_SHAPES
  const keys = args.tensor('k', 'key')
  // FlashAttention takes the cache in place of the keys when it gets a table of pages.
  const inCache =
    context.parameters.cacheInKeys === true &&
    args.tensor('block_table', 'page_table') !== undefined
  const k = inCache ? undefined : keys
  const v = inCache ? undefined : args.tensor('v', 'value')
  const cache = inCache ? keys : args.tensor('k_cache', 'kv_cache')
  const operands: Operands = { q, k, v, cache, layout: layoutOf(context, q) }
  const heads = headsOf(context, operands)
  if (typeof heads === 'string') return heads
  const lengths = lengthsOf(context, operands, heads)
  if (typeof lengths === 'string') return lengths
  return callOf(context, heads, lengths, {
    dtype: q.dtype ?? dtypeIn(context.groups.dtype),
    kvDtype: (k ?? cache)?.dtype,
    paged: (k === undefined && cache !== undefined) || context.parameters.cached === true,
  })
}

/** Latent attention with absorbed weights: one key head, whose first part is the value. */
export function latentAttention(context: DimensionContext): Dimensions {
  const { args } = context
  const nope = args.tensor('q_nope')
  const rope = args.tensor('q_pe')
  const whole = args.tensor('q')
  const q = nope ?? whole
  if (q === undefined || q.shape.length < 3) return NO_SHAPES
  const cache = args.tensor('ckv_cache', 'kv_cache')
  const width = size(q, -1)!
  const out = size(args.tensor('out'), -1)
  const headDim = width + (rope === undefined ? 0 : size(rope, -1)!)
  // The latent part is 512 wide beside 64 of rotary position in DeepSeek V2 and V3.
  const headDimV = rope === undefined ? (out ?? (width === 576 ? 512 : width)) : width
  const tokens = elementsOf(q) / (width * size(q, -2)!)
  const heads: Heads = { heads: size(q, -2)!, kvHeads: 1, headDim, headDimV }
  const lengths = ragged(context, tokens, cache, context.groups.causal === 'false')
  if (typeof lengths === 'string') return lengths
  return callOf(context, heads, lengths, {
    dtype: q.dtype ?? dtypeIn(context.groups.dtype),
    kvDtype: cache?.dtype,
    paged: true,
    variant: 'mla',
  })
}

function callOf(
  context: DimensionContext,
  heads: Heads,
  lengths: Lengths,
  types: {
    dtype: Dtype | undefined
    kvDtype: Dtype | undefined
    paged: boolean
    variant?: 'mla'
  },
): Dimensions {
  const { dtype, kvDtype, paged, variant } = types
  if (dtype === undefined) return NO_DTYPE
  if (!(isCount(heads.heads) && isCount(heads.kvHeads) && isCount(heads.headDim))) {
    return 'heads and widths do not follow from the recorded shapes'
  }
  const { phase, batch, queryLen, kvLen, pairs, note } = lengths
  const { headDim, headDimV } = heads
  const around = windowOf(context)
  const causal = causalOf(context, phase) || around?.right === 0
  const seen = around && windowFields(around, causal)
  const call: OpCallOf<'attention'> = {
    op: 'attention',
    phase,
    batch,
    queryLen,
    kvLen,
    heads: heads.heads,
    kvHeads: heads.kvHeads,
    headDim,
    ...(headDimV === headDim ? {} : { headDimV }),
    ...optional('variant', variant),
    causal,
    ...seen,
    // Sums over the sequences hold for a full causal mask only.
    ...optional('pairs', seen === undefined ? pairs : undefined),
    ...(paged ? { paged: true } : {}),
    dtype,
    // Caches of 8-bit floats are kept as bytes.
    ...(kvDtype === undefined || kvDtype === dtype
      ? {}
      : { kvDtype: kvDtype === 'uint8' ? 'fp8_e4m3' : kvDtype }),
    ...(context.parameters.direction === 'backward' ? { direction: 'backward' } : {}),
  }
  return note === undefined ? call : { call, note }
}

function layoutOf({ parameters }: DimensionContext, q: TensorArg): Layout {
  if (q.shape.length < 4) return 'thd'
  return parameters.layout === 'bhsd' ? 'bhsd' : 'bshd'
}

function headsOf(
  { args, parameters }: DimensionContext,
  { q, k, v, cache, layout }: Operands,
): Heads | string {
  const at = layout === 'bhsd' ? -3 : -2
  if (q.shape.length < 3) {
    // [tokens, heads · width]: the keys tell the width.
    const headDim = size(k, -1)
    if (k?.shape.length !== 3 || !isCount(headDim)) return 'heads are not told apart in the trace'
    const heads = size(q, -1)! / headDim
    const headDimV = v?.shape.length === 3 ? size(v, -1)! : headDim
    return { heads, kvHeads: size(k, -2)!, headDim, headDimV }
  }
  const heads = size(q, at)!
  const headDim = size(q, -1)!
  if (k !== undefined && k.shape.length >= 3) {
    return { heads, kvHeads: size(k, at)!, headDim, headDimV: size(v, -1) ?? headDim }
  }
  const recorded = args.number('num_kv_heads')
  if (isCount(recorded)) return { heads, kvHeads: recorded, headDim, headDimV: headDim }
  if (cache === undefined) return NO_SHAPES
  const kvHeads = parameters.cache === 'blocks' ? size(cache, 1)! : size(cache, -2)!
  return { heads, kvHeads, headDim, headDimV: headDim }
}

function lengthsOf(
  context: DimensionContext,
  { q, k, cache, layout }: Operands,
  heads: Heads,
): Lengths | string {
  if (layout !== 'thd') {
    const seq = layout === 'bhsd' ? -2 : -3
    const batch = size(q, 0)!
    const queryLen = size(q, seq)!
    const kvLen = k?.shape.length === 4 && cache === undefined ? size(k, seq)! : undefined
    if (kvLen !== undefined) return lengthsFrom(batch, queryLen * batch, kvLen * batch)
    return ragged(context, queryLen * batch, cache ?? k, false, batch)
  }
  const tokens = elementsOf(q) / (heads.heads * heads.headDim)
  const keys = k === undefined ? undefined : size(k, 0)
  const batch = sequencesOf(context)
  // Keys in a row, as many sequences as the index arrays say.
  if (batch !== undefined && keys !== undefined && context.parameters.cached !== true) {
    return lengthsFrom(batch, tokens, keys)
  }
  return ragged(context, tokens, cache, false)
}

function lengthsFrom(
  batch: number,
  queryTokens: number,
  kvTokens: number,
  note?: string,
): Lengths | string {
  if (!isCount(batch) || !(queryTokens > 0) || !(kvTokens > 0)) return 'a sequence without tokens'
  const queryLen = queryTokens / batch
  const phase = queryLen === 1 && kvTokens > batch ? 'decode' : 'prefill'
  return { phase, batch, queryLen, kvLen: kvTokens / batch, ...optional('note', note) }
}

/** Sequences from an array with one entry for each, or one more than that for offsets. */
function sequencesOf({ args }: DimensionContext): number | undefined {
  const offsets = args.tensor('cu_seqlens_q', 'qo_indptr', 'cu_seqlens_k', 'kv_indptr')
  if (offsets !== undefined) return elementsOf(offsets) - 1
  const lengths = args.tensor('seq_lens', 'seqused_k', 'cache_seqlens')
  if (lengths !== undefined) return elementsOf(lengths)
  return size(args.tensor('block_table', 'page_table'), 0)
}

/** Sequences of different lengths over a cache. */
function ragged(
  context: DimensionContext,
  tokens: number,
  cache: TensorArg | undefined,
  oneTokenEach: boolean,
  known?: number,
): Lengths | string {
  const { args, surroundings } = context
  const step = stepOf(context.event.scopes)
  const listed = args.tensor('kv_indices')
  const page = cache !== undefined && cache.shape.length === 4 ? size(cache, -3)! : 1
  const kvTokens = listed === undefined ? undefined : elementsOf(listed) * page
  const batch =
    known ??
    sequencesOf(context) ??
    (listed && surroundings.sequencesByKvTokens?.get(elementsOf(listed))) ??
    (oneTokenEach ? tokens : undefined)
  if (step !== undefined) {
    const { context: prompts, generation } = step
    const count = prompts.count + generation.count
    const keys = sum(prompts.kvTokens, generation.kvTokens)
    const queries = prompts.queryTokens + generation.queryTokens
    // The step runs padded to a size that its graph was captured for.
    if (isCount(count) && keys !== undefined && keys > 0 && queries > 0 && queries <= tokens) {
      const phase = prompts.count === 0 ? 'decode' : generation.count === 0 ? 'prefill' : 'mixed'
      const pairs = sum(prompts.pairs, generation.pairs)
      return {
        phase,
        batch: count,
        queryLen: queries / count,
        kvLen: keys / count,
        ...optional('pairs', pairs),
        note: "lengths from the step's annotation",
      }
    }
  }
  if (batch === undefined) {
    return `${tokens} query tokens; neither sequences nor key lengths are in the trace`
  }
  if (kvTokens !== undefined && kvTokens > 0 && context.parameters.indices !== 'buffer') {
    const note = page > 1 ? `key lengths rounded up to pages of ${page}` : undefined
    return lengthsFrom(batch, tokens, kvTokens, note)
  }
  const longest = args.number('max_seqlen_k', 'max_seq_len')
  if (isCount(longest)) {
    return lengthsFrom(batch, tokens, longest * batch, 'key lengths taken as the longest of them')
  }
  return `${batch} sequences with ${tokens} query tokens; key lengths are not in the trace`
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

function causalOf({ args, groups, parameters }: DimensionContext, phase: string): boolean {
  const recorded = args.flag('is_causal', 'causal')
  if (recorded !== undefined) return recorded
  // FlashInfer: 0 none, 1 causal, 2 custom. Efficient attention: 0 none, 1 and 2 causal.
  const mask = args.number('mask_mode', 'custom_mask_type')
  if (mask !== undefined) return mask > 0
  if (groups.causal !== undefined) return groups.causal === 'true'
  return parameters.causal !== false || phase === 'decode'
}

/** Keys before and after a query's own that it attends to; −1 means all of them. */
function windowOf({ args }: DimensionContext): { left: number; right: number } | undefined {
  const left = sideOf(args.number('window_left', 'window_size_left'))
  const right = sideOf(args.number('window_right', 'window_size_right'))
  return left === Infinity && right === Infinity ? undefined : { left, right }
}

function sideOf(keys: number | undefined): number {
  return keys !== undefined && keys >= 0 && Number.isInteger(keys) ? keys : Infinity
}

/** The window of a call, in keys that a query sees; undefined where it sees all that the mask leaves. */
function windowFields(
  { left, right }: { left: number; right: number },
  causal: boolean,
): { window?: number; windowRight?: number } | undefined {
  const after = causal ? 0 : right
  const window = left + after + 1
  // One key alone is how some callers say that there is no window.
  if (!Number.isFinite(window)) {
    return !causal && Number.isFinite(after) ? { windowRight: after } : undefined
  }
  if (window <= 1) return undefined
  return causal || left === after ? { window } : { window, windowRight: after }
}
