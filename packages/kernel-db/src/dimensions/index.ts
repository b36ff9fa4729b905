// The functions that rules name where expressions do not say how dimensions are found.
import { attention, latentAttention } from './attention.js'
import { collective, memcpy, memset } from './communication.js'
import type { DimensionFunction } from './context.js'
import { conv } from './convolution.js'
import { cat, elementwise, fill, foreach, launch } from './elementwise.js'
import { gemm } from './gemm.js'
import { inductor } from './inductor.js'
import { expertGemm, moe, permute } from './moe.js'
import { cacheWrite, gather, lookup, rope, scatter } from './movement.js'
import { pool, reduce } from './reduce.js'
import { norm, quantize } from './rowwise.js'

/** Every dimension function by the name that rules use. */
export const FUNCTIONS = {
  attention,
  cacheWrite,
  cat,
  collective,
  conv,
  elementwise,
  expertGemm,
  fill,
  foreach,
  gather,
  gemm,
  inductor,
  latentAttention,
  launch,
  lookup,
  memcpy,
  memset,
  moe,
  norm,
  permute,
  pool,
  quantize,
  reduce,
  rope,
  scatter,
  /** The trace cannot tell the dimensions. */
  none: () => 'no dimensions are known for this kind of kernel',
} satisfies Record<string, DimensionFunction>
