// A matrix product: C[m×n] = A[m×k] · B[k×n]; 2·m·n·k FLOPs. A bias is one more row that is read; its
// m·n additions do not count, as in every published figure.
import { dtypeBytes } from '../dtype.js'
import { flag, optional } from './shared/fields.js'
import { gemmFields, gemmSizes, gemmWork } from './shared/gemm.js'
import { operation } from './shared/operation.js'
import { outputDtype } from './shared/work.js'

export const matmul = operation('matmul', {
  title: 'matrix product, m×k by k×n',
  family: 'gemm',
  runsOn: 'matrix',
  fields: { ...gemmFields, bias: optional(flag('Whether a row of n is added to each row.')) },
  example: { m: 256, n: 4096, k: 1024, dtype: 'bf16' },
  work(call) {
    const work = gemmWork(1, call)
    const bias = call.bias === true ? call.n * dtypeBytes(outputDtype(call)) : 0
    return { ...work, readBytes: work.readBytes + bias }
  },
  describe: gemmSizes,
})
