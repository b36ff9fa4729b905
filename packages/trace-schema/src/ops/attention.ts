// Attention: 2·pairs·(d_qk + d_v) FLOPs a head, with pairs = the (query, key) pairs that the mask leaves
// (FlashAttention, arXiv 2205.14135, appendix B); its backward pass does 2.5 times as many (same).
import { dtypeBytes } from '../dtype.js'
import { count, dtype, flag, mean, oneOf, optional } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

/** What decides how many pairs there are. */
export interface AttentionSpan {
  batch: number
  queryLen: number
  kvLen: number
  causal: boolean
  window?: number | undefined
  pairs?: number | undefined
}

/**
 * (query, key) pairs that one head computes over all sequences, after mask and window: `pairs` where
 * the call states them, else from the mean lengths.
 */
export function attentionPairs(call: AttentionSpan): number {
  const { batch, queryLen, kvLen, causal, window } = call
  if (call.pairs !== undefined) return call.pairs
  const q = Math.min(queryLen, kvLen)
  const offset = Math.max(0, kvLen - queryLen)
  if (window !== undefined && window < kvLen) {
    // Row i (from 0) sees min(window, offset + i + 1) keys under a causal mask, else min(window, kvLen).
    if (!causal) return batch * queryLen * window
    const ramp = Math.min(Math.max(0, window - offset), q)
    return batch * (ramp * offset + (ramp * (ramp + 1)) / 2 + (queryLen - ramp) * window)
  }
  return batch * (causal ? q * offset + (q * (q + 1)) / 2 : queryLen * kvLen)
}

export const attention = operation('attention', {
  title: 'attention of queries to keys and values',
  family: 'attention',
  runsOn: 'matrix',
  fields: {
    phase: oneOf(['prefill', 'decode', 'mixed']),
    batch: count('Sequences.'),
    queryLen: mean('Query tokens of a sequence; the mean where lengths differ.'),
    kvLen: mean('Keys that a sequence attends to; the mean where lengths differ.'),
    heads: count(),
    kvHeads: count(),
    headDim: count('Width of queries and keys.'),
    headDimV: optional(count('Width of values; `headDim` if absent.')),
    variant: optional(
      oneOf(
        ['standard', 'mla'],
        '`mla`: weight-absorbed multi-head latent attention; values are part of the keys.',
      ),
    ),
    causal: flag(),
    window: optional(count('Sliding window in tokens.')),
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
    const keys = call.batch * Math.min(call.kvLen, (call.window ?? Infinity) + call.queryLen - 1)
    const kvWidth = call.variant === 'mla' ? call.headDim : call.headDim + dv
    const kv = keys * call.kvHeads * kvWidth * dtypeBytes(call.kvDtype ?? call.dtype)
    const flops = 2 * attentionPairs(call) * call.heads * (call.headDim + dv)
    if (call.direction === 'backward') {
      return local(2.5 * flops, q * (call.headDim + 2 * dv) + kv, q * call.headDim + kv)
    }
    return local(flops, q * call.headDim + kv, q * dv)
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
