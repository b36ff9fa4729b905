// Rows of matrix products: single, in batches, and of experts.
import { count, optional, type Read, type Row, sourceOf, text } from './columns.js'
import { typesOf } from './element-types.js'

/** A product, or a batch of products. */
export function gemm(row: Row): Read {
  const types = typesOf(row, 'dtype', 'gemm_dtype')
  const dims = { m: count(row, 'm'), n: count(row, 'n'), k: count(row, 'k'), ...types }
  const batch = row.batch === undefined || row.batch === '' ? 1 : count(row, 'batch')
  const source = [optional(row, 'framework') ?? optional(row, 'source'), optional(row, 'op')]
  return {
    call: batch > 1 ? { op: 'bmm', batch, ...dims } : { op: 'matmul', ...dims },
    options: {
      ...sourceOf(source),
      // AITER's tuner times the kernel alone.
      includesQuantization:
        text(row, 'dtype', 'gemm_dtype') !== 'fp8_static' && optional(row, 'framework') !== 'aiter',
    },
  }
}

/** A layer of experts. */
export function moe(row: Row): Read {
  return {
    call: {
      op: 'moe',
      tokens: count(row, 'num_tokens'),
      hidden: count(row, 'hidden_size', 'hidden'),
      inter: count(row, 'inter_size', 'inter'),
      topk: count(row, 'topk'),
      experts: count(row, 'num_experts', 'experts'),
      tensorParallel: count(row, 'moe_tp_size', 'tp'),
      expertParallel: count(row, 'moe_ep_size', 'ep'),
      distribution: optional(row, 'distribution') ?? 'balanced',
      ...typesOf(row, 'dtype', 'moe_dtype'),
    },
    options: sourceOf([optional(row, 'framework'), optional(row, 'kernel_source')]),
  }
}

/** The two batched multiplications around absorbed latent attention: 128 to 512 wide, and back. */
export function mlaBmm(row: Row): Read {
  const post = text(row, 'op', 'op_name').includes('post')
  const types = typesOf(row, 'dtype', 'bmm_dtype')
  return {
    call: {
      op: 'bmm',
      batch: count(row, 'num_heads'),
      m: count(row, 'num_tokens'),
      n: post ? 128 : 512,
      k: post ? 512 : 128,
      ...types,
    },
    options: { ...sourceOf([optional(row, 'framework')]), includesQuantization: true },
  }
}
