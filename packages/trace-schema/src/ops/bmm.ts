// Products of a batch of matrices; 2·batch·m·n·k FLOPs. An operand that all of them share (stride 0 along
// the batch) is read once.
import { dtypeBytes } from '../dtype.js'
import { count, oneOf, optional } from './shared/fields.js'
import { gemmFields, gemmSizes, gemmWork } from './shared/gemm.js'
import { operation } from './shared/operation.js'

export const bmm = operation('bmm', {
  title: 'matrix products of a batch',
  family: 'gemm',
  runsOn: 'matrix',
  fields: {
    batch: count(),
    ...gemmFields,
    shared: optional(oneOf(['left', 'right'], 'Operand that is the same for all of the batch.')),
  },
  example: { batch: 8, m: 256, n: 4096, k: 1024, dtype: 'bf16' },
  work(call) {
    const { batch, m, n, k, dtype, weightDtype, shared } = call
    const work = gemmWork(batch, call)
    if (shared === undefined) return work
    const once =
      shared === 'left' ? m * k * dtypeBytes(dtype) : k * n * dtypeBytes(weightDtype ?? dtype)
    return { ...work, readBytes: work.readBytes - (batch - 1) * once }
  },
  describe: (call) => `${call.batch} × ${gemmSizes(call)}`,
})
