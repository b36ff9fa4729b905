// Element types of attention that calibration rows tell apart.
import type { Dtype } from '@flowsim/trace-schema'
import { numberOf } from '../family.js'

/** Element types of an attention kernel. */
export interface AttentionKind {
  /** Type that the multiply-adds run in. */
  compute: Dtype
  queryBytes: number
  cacheBytes: number
}

/** The kind of a name such as `bf16` or `bf16+fp8`: queries, and the key-value cache where it differs. */
export function attentionKind(name: string): AttentionKind {
  const [query = 'bf16', cache = query] = name.replace('mla-', '').split('/')[0]!.split('+')
  const bytes = (type: string) => (type === 'fp32' ? 4 : type === 'fp8' ? 1 : 2)
  const compute: Dtype =
    query === 'fp8' ? 'fp8_e4m3' : query === 'fp16' ? 'fp16' : query === 'fp32' ? 'fp32' : 'bf16'
  return { compute, queryBytes: bytes(query), cacheBytes: bytes(cache) }
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
