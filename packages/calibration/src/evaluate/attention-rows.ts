// Rows of attention: of queries to a cache or to themselves, and latent.
import { count, optional, type Read, type Row, sourceOf, text } from './columns.js'
import { floating } from './element-types.js'

/** Attention of queries to as many keys as given. */
export function attention(
  row: Row,
  phase: 'prefill' | 'decode',
  queryLen: number,
  kvLen: number,
  causal: boolean,
): Read {
  const heads = count(row, 'num_heads')
  const window = Number(optional(row, 'window_size') ?? 0)
  const kvHeads = optional(row, 'num_kv_heads') ?? optional(row, 'num_key_value_heads')
  const cache = optional(row, 'kv_cache_dtype')
  return {
    call: {
      op: 'attention',
      phase,
      batch: count(row, 'batch_size'),
      queryLen,
      kvLen,
      heads,
      kvHeads: kvHeads === undefined || kvHeads === '0' ? heads : Number(kvHeads),
      headDim: count(row, 'head_dim'),
      causal,
      ...(window > 0 && { window }),
      dtype: floating(row, 'attn_dtype', 'dtype'),
      ...(cache !== undefined && { kvDtype: floating(row, 'kv_cache_dtype') }),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}

// DeepSeek's latent attention: prefill with 192-wide queries and keys and 128-wide values; decoding on the
// 576-wide latent whose first 512 elements are the values.
export function mla(row: Row): Read {
  const decode = text(row, 'phase') !== 'context'
  const heads = count(row, 'num_heads')
  const queryLen = decode ? 1 : count(row, 'q_len', 'isl', 'kv_len')
  return {
    call: {
      op: 'attention',
      phase: decode ? 'decode' : 'prefill',
      batch: count(row, 'batch_size'),
      queryLen,
      kvLen: count(row, 'kv_len', 'isl'),
      heads,
      kvHeads: decode ? 1 : heads,
      headDim: decode ? 576 : 192,
      headDimV: decode ? 512 : 128,
      ...(decode && { variant: 'mla' as const }),
      causal: true,
      dtype: floating(row, 'mla_dtype', 'dtype'),
      kvDtype: floating(row, 'kv_cache_dtype', 'mla_dtype', 'dtype'),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}
