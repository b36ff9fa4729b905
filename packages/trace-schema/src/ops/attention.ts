// Attention: 2·pairs·(d_qk + d_v) FLOPs a head, with pairs = the (query, key) pairs that the mask leaves
// (FlashAttention, arXiv 2205.14135, appendix B). Its backward pass does five products for two, 2·pairs·(3·d_qk +
// 2·d_v): the scores again, and the gradients of scores, queries, keys and values.
import { dtypeBytes } from '../dtype.js'
import { count, dtype, flag, mean, oneOf, optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

/** What decides how many pairs there are. */
export interface AttentionSpan {
  batch: number
  queryLen: number
  kvLen: number
  causal: boolean
  window?: number | undefined
  windowRight?: number | undefined
  pairs?: number | undefined
}

/** Keys before and after its own that a query sees; the last query's own key is the last. */
function sides(call: AttentionSpan): { left: number; right: number } {
  const { causal, window = Infinity, windowRight } = call
  const right = causal ? 0 : (windowRight ?? (window - 1) / 2)
  return { left: window === Infinity ? Infinity : Math.max(0, window - 1 - right), right }
}

/** 1 + 2 + … + n. */
const triangle = (n: number) => (n > 0 ? (n * (n + 1)) / 2 : 0)

/**
 * (query, key) pairs that one head computes over all sequences, after mask and window: `pairs` where
 * the call states them, else from the mean lengths.
 */
export function attentionPairs(call: AttentionSpan): number {
  const { batch, queryLen, kvLen, causal } = call
  if (call.pairs !== undefined) return call.pairs
  const { left, right } = sides(call)
  if (!causal && left === Infinity && right === Infinity) return batch * queryLen * kvLen
  const q = Math.min(queryLen, kvLen)
  const offset = Math.max(0, kvLen - queryLen)
  // Row i (from 0) has its own key at offset + i. Keys 0 … offset + i, less those farther back than `left`,
  // plus `right` more, less those past the end.
  const before =
    q * offset + triangle(q) - (triangle(offset + q - 1 - left) - triangle(offset - 1 - left))
  const reach = Math.min(right, q - 1)
  const after = q * reach - triangle(reach)
  return batch * (before + (reach > 0 ? after : 0))
}

export const attention = operation('attention', {
  title: 'attention of queries to keys and values',
  family: 'attention',
  runsOn: 'matrix',
  fields: {
    phase: oneOf(['prefill', 'decode', 'mixed'], 'Prompts, one token a sequence, or both.'),
    batch: count('Sequences.'),
    queryLen: mean('Query tokens of a sequence; the mean where lengths differ.'),
    kvLen: mean('Keys that a sequence attends to; the mean where lengths differ.'),
    heads: count('Query heads.'),
    kvHeads: count('Heads of keys and values.'),
    headDim: count('Width of queries and keys.'),
    headDimV: optional(count('Width of values; `headDim` if absent.')),
    variant: optional(
      oneOf(
        ['standard', 'mla'],
        '`mla`: weight-absorbed multi-head latent attention; values are part of the keys.',
      ),
    ),
    causal: flag('Whether a query sees no key after its own.'),
    window: optional(count('Sliding window: keys that a query sees, its own among them.')),
    windowRight: optional(
      size(
        'Those of the window after its own; 0 under a causal mask, else half of the others if absent.',
      ),
    ),
    pairs: optional(
      mean(
        '(query, key) pairs that one head computes over all sequences, where lengths differ and the sum is known; derived from the means if absent.',
      ),
    ),
    paged: optional(flag()),
    dtype: dtype(),
    kvDtype: optional(dtype()),
    direction: optional(oneOf(['forward', 'backward'])),
  },
  usual: { phase: 'prefill', causal: true },
  atMost: { kvHeads: 'heads' },
  example: {
    phase: 'decode',
    batch: 16,
    queryLen: 1,
    kvLen: 2048,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    causal: true,
    dtype: 'bf16',
  },
  work(call) {
    const dv = call.headDimV ?? call.headDim
    const q = call.batch * call.queryLen * call.heads * dtypeBytes(call.dtype)
    const keys = call.batch * Math.min(call.kvLen, sides(call).left + call.queryLen)
    const kvWidth = call.variant === 'mla' ? call.headDim : call.headDim + dv
    const kv = keys * call.kvHeads * kvWidth * dtypeBytes(call.kvDtype ?? call.dtype)
    const flops = (width: number) => 2 * attentionPairs(call) * call.heads * width
    if (call.direction === 'backward') {
      // Reads queries, keys, values, results and their gradients; writes gradients of the first three.
      const read = q * (call.headDim + 2 * dv) + kv
      return local(flops(3 * call.headDim + 2 * dv), read, q * call.headDim + kv)
    }
    return local(flops(call.headDim + dv), q * call.headDim + kv, q * dv)
  },
  describe(call) {
    const heads = call.kvHeads === call.heads ? `${call.heads}` : `${call.heads}/${call.kvHeads}`
    const lengths = `q ${short(call.queryLen)}, kv ${short(call.kvLen)}`
    return `${call.batch} × ${lengths}, ${heads} heads × ${call.headDim}`
  },
})

function short(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1)
}
