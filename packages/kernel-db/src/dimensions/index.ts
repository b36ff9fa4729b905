// The dimension functions by the names that rules use.
import type { OpName } from '@flowsim/trace-schema'
import { attention, latentAttention } from './attention.js'
import { collective, memcpy, memset } from './communication.js'
import type { DimensionFunction } from './context.js'
import { conv } from './convolution.js'
import { activation, cat, copy, elementwise, fill, foreach } from './elementwise.js'
import { gemm } from './gemm.js'
import { inductor } from './inductor.js'
import { align, expertGemm, moe, permute, route } from './moe.js'
import { cacheWrite, embedding, gather, rope, scatter } from './movement.js'
import { columnSums, pool, reduce } from './reduce.js'
import {
  batchnorm,
  gated,
  groupnorm,
  layernorm,
  norm,
  quantize,
  sampling,
  scan,
  softmax,
  sort,
  topk,
} from './rowwise.js'
import { spectrum, transform } from './transform.js'

const FUNCTIONS = {
  activation,
  align,
  attention,
  batchnorm,
  cacheWrite,
  cat,
  collective,
  columnSums,
  conv,
  copy,
  elementwise,
  embedding,
  expertGemm,
  fill,
  foreach,
  gated,
  gather,
  gemm,
  groupnorm,
  inductor,
  latentAttention,
  layernorm,
  memcpy,
  memset,
  moe,
  norm,
  permute,
  pool,
  quantize,
  reduce,
  rope,
  route,
  sampling,
  scan,
  scatter,
  softmax,
  sort,
  spectrum,
  topk,
  transform,
  /** The trace cannot tell the dimensions. */
  none: () => 'no dimensions are known for this kind of kernel',
} satisfies Record<string, DimensionFunction>

/** Name of a dimension function. */
export type DimensionsName = keyof typeof FUNCTIONS

/** Every dimension function by its name. */
export const DIMENSIONS: Readonly<Record<DimensionsName, DimensionFunction>> = FUNCTIONS

/** The function for an operation whose rule names none. */
const USUAL: Record<OpName, DimensionsName> = {
  matmul: 'gemm',
  bmm: 'gemm',
  grouped_gemm: 'expertGemm',
  moe: 'moe',
  attention: 'attention',
  conv: 'conv',
  softmax: 'softmax',
  layernorm: 'layernorm',
  rmsnorm: 'norm',
  batchnorm: 'batchnorm',
  groupnorm: 'groupnorm',
  gelu: 'activation',
  silu: 'activation',
  relu: 'activation',
  silu_mul: 'gated',
  gelu_mul: 'gated',
  elementwise: 'elementwise',
  reduce: 'reduce',
  scan: 'scan',
  gather: 'gather',
  scatter: 'scatter',
  copy: 'copy',
  cat: 'cat',
  fill: 'fill',
  random: 'fill',
  pool: 'pool',
  fft: 'spectrum',
  embedding: 'embedding',
  rope: 'rope',
  kv_cache_write: 'cacheWrite',
  quantize: 'quantize',
  topk: 'topk',
  sort: 'sort',
  sampling: 'sampling',
  moe_route: 'route',
  moe_permute: 'permute',
  all_reduce: 'collective',
  all_gather: 'collective',
  reduce_scatter: 'collective',
  all_to_all: 'collective',
  broadcast: 'collective',
  send: 'collective',
  recv: 'collective',
  barrier: 'collective',
  memcpy: 'memcpy',
  memset: 'memset',
  other: 'none',
}

/** The dimension function that an operation has, where a rule names none. */
export function usualDimensions(op: OpName): DimensionsName {
  return USUAL[op]
}
