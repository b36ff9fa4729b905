// Attention: block by block over many query tokens, or over a split cache for a few.
import type { EstimateOptions } from '@flowsim/perf-model'
import { attentionPairs, type Dtype, dtypeBytes, type OpCallOf } from '@flowsim/trace-schema'
import type { Resolved } from './resolved.js'

/** Query tokens from which attention is computed block by block rather than over a split cache. */
const BLOCKWISE = 16

const narrow = (dtype: Dtype) =>
  dtypeBytes(dtype) < 2
    ? 'fp8'
    : dtype === 'fp32' || dtype === 'fp64'
      ? 'fp32'
      : dtype === 'fp16'
        ? 'fp16'
        : 'bf16'
const attentionKinds = new Map<string, readonly string[]>()

function kindsOfAttention(
  query: Dtype,
  cache: Dtype,
  { mla, full }: { mla: boolean; full: boolean },
): readonly string[] {
  const key = `${query},${cache},${mla},${full}`
  const known = attentionKinds.get(key)
  if (known !== undefined) return known
  const q = narrow(query)
  const c = narrow(cache)
  const own = q === c ? q : `${q}+${c}`
  const all = [own, 'bf16', 'fp16', 'bf16+fp8', 'fp8', 'fp32'].map((kind) =>
    mla ? `mla-${kind}` : kind,
  )
  if (mla) all.push(own, 'bf16')
  // Every query of an encoder sees every key: kernels without a mask have their own rows.
  if (full && !mla) all.unshift(`${own}-full`, 'bf16-full')
  const kinds = [...new Set(all)]
  attentionKinds.set(key, kinds)
  return kinds
}

export function attentionQuery(call: OpCallOf<'attention'>, { l2 }: EstimateOptions): Resolved {
  const dimV = call.headDimV ?? call.headDim
  const latent = call.variant === 'mla'
  const blockwise = call.phase === 'prefill' || call.queryLen > BLOCKWISE
  // Latent attention is told by its absorbed shape, or by keys that are wider than values.
  const mla = latent || dimV < call.headDim
  return {
    family: blockwise ? 'prefill' : 'decode',
    kinds: kindsOfAttention(call.dtype, call.kvDtype ?? call.dtype, {
      mla,
      full: blockwise && !call.causal,
    }),
    times: call.direction === 'backward' ? 2.5 : 1,
    query: {
      batch: call.batch,
      queryLen: call.queryLen,
      kvLen: call.kvLen,
      heads: call.heads,
      kvHeads: call.kvHeads,
      dim: call.headDim,
      dimV,
      window: call.window ?? 0,
      causal: call.causal,
      pairs: call.pairs ?? attentionPairs(call),
      latent,
      warm: l2 === 'warm',
    },
  }
}
