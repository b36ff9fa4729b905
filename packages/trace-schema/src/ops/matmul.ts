// A matrix product: C[m×n] = A[m×k] · B[k×n]; 2·m·n·k FLOPs.
import { flag, optional } from './shared/fields.js'
import { gemmFields, gemmSizes, gemmWork } from './shared/gemm.js'
import { operation } from './shared/operation.js'

export const matmul = operation('matmul', {
  title: 'matrix product, m×k by k×n',
  family: 'gemm',
  runsOn: 'matrix',
  fields: { ...gemmFields, bias: optional(flag()) },
  example: { m: 256, n: 4096, k: 1024, dtype: 'bf16' },
  work: (call) => gemmWork(1, call),
  describe: gemmSizes,
})
