// Element types of attention that calibration rows tell apart.
import { attentionPairs, type Dtype } from '@flowsim/trace-schema'
import type { Lattice } from '../envelope.js'
import { numberOf } from '../family.js'

/** Element types of an attention kernel. */
export interface AttentionKind {
  /** Type that the multiply-adds run in. */
  compute: Dtype
  queryBytes: number
  cacheBytes: number
  /** Whether blocks of queries and keys are computed whole, however few of their pairs count. */
  wholeBlocks: boolean
}

/** Source of rows of FlashAttention-2 and its like, whose blocks do not adapt to the sequences. */
const WHOLE_BLOCKS = 'pytorch'

/**
 * The kind of a name such as `bf16` or `bf16+fp8/sglang`: queries, the key-value cache where it differs, and whose
 * kernels.
 */
export function attentionKind(name: string): AttentionKind {
  const [types = '', source] = name.split('/')
  const [query = 'bf16', cache = query] = types.replace(/^mla-|-full$/g, '').split('+')
  const bytes = (type: string) => (type === 'fp32' ? 4 : type === 'fp8' ? 1 : 2)
  const compute: Dtype =
    query === 'fp8' ? 'fp8_e4m3' : query === 'fp16' ? 'fp16' : query === 'fp32' ? 'fp32' : 'bf16'
  return {
    compute,
    queryBytes: bytes(query),
    cacheBytes: bytes(cache),
    wholeBlocks: source === WHOLE_BLOCKS,
  }
}

/** An attention call. */
export interface AttentionQuery {
  batch: number
  /** Query tokens of a sequence. */
  queryLen: number
  /** Keys of a sequence. */
  kvLen: number
  heads: number
  kvHeads: number
  dim: number
  dimV: number
  /** Keys that a query sees at most; 0 where there is no window. */
  window: number
  causal: boolean
  /** (query, key) pairs of one head over all sequences. */
  pairs: number
  /** Whether values are part of the keys (absorbed latent attention). */
  latent: boolean
  /** Whether the operands of the replay before may still be in the cache. */
  warm: boolean
}

/** Number of an attention layer: its heads and window, whatever the sequences. */
export function attentionSite(q: AttentionQuery): number {
  return numberOf(q.heads, q.kvHeads, q.dim, q.dimV, q.window)
}

/** Keys that a query sees at most. */
export function reachOf({ window, kvLen }: AttentionQuery): number {
  return window > 0 && window < kvLen ? window : kvLen
}

/** Window as the correction sees it: 0 without one, 1 where it holds all keys, 2 where it leaves some out. */
export function windowFeature({ window, kvLen }: AttentionQuery): number {
  if (window === 0) return 0
  return window < kvLen ? 2 : 1
}

/** Quarters of an octave between the pairs of a query and those of its mean lengths: 0 but for ragged batches. */
function raggedness(q: AttentionQuery): number {
  return Math.round(4 * Math.log2(q.pairs / meanPairs(q)))
}

/** Pairs of one head, were all sequences of the mean lengths. */
export function meanPairs(q: AttentionQuery): number {
  const { batch, queryLen, kvLen, causal, window } = q
  return attentionPairs({ batch, queryLen, kvLen, causal, ...(window > 0 && { window }) })
}

/** Prefill grows with sequences, their queries and their keys. */
export const PREFILL_LATTICE: Lattice<AttentionQuery> = {
  axes: [
    [0, 10],
    [0, 17],
    [0, 20],
  ],
  dimensions({ batch, queryLen, kvLen }, out) {
    out[0] = batch
    out[1] = queryLen
    out[2] = kvLen
  },
  withDimensions(query, [batch = 1, queryLen = 1, kvLen = 1]) {
    const at = { ...query, batch, queryLen, kvLen: Math.max(kvLen, queryLen) }
    at.pairs = meanPairs(at) * 2 ** (raggedness(query) / 4)
    return at
  },
  rest: (q) => numberOf(attentionSite(q), q.causal ? 1 : 0, q.latent ? 1 : 0, raggedness(q)),
}

/** Decoding grows with sequences and their keys. */
export const DECODE_LATTICE: Lattice<AttentionQuery> = {
  axes: [
    [0, 12],
    [0, 21],
  ],
  dimensions({ batch, kvLen }, out) {
    out[0] = batch
    out[1] = kvLen
  },
  withDimensions: (query, [batch = 1, kvLen = 1]) => ({ ...query, batch, kvLen }),
  rest: (q) => numberOf(attentionSite(q), q.latent ? 1 : 0, q.queryLen),
}
