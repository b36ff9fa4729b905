// Products of a batch of matrices; 2·batch·m·n·k FLOPs.
import { count } from './shared/fields.js'
import { gemmFields, gemmSizes, gemmWork } from './shared/gemm.js'
import { operation } from './shared/operation.js'

export const bmm = operation('bmm', {
  title: 'matrix products of a batch',
  family: 'gemm',
  runsOn: 'matrix',
  fields: { batch: count(), ...gemmFields },
  example: { batch: 8, m: 256, n: 4096, k: 1024, dtype: 'bf16' },
  work: (call) => gemmWork(call.batch, call),
  describe: (call) => `${call.batch} × ${gemmSizes(call)}`,
})
