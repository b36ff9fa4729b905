// One row of a table for each token, taken by its int64 number.
import { dtypeBytes } from '../dtype.js'
import { optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { inOut, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const embedding = operation('embedding', {
  title: 'one row of a table for each token',
  family: 'data_movement',
  runsOn: 'vector',
  fields: { tokens: size(), hidden: size(), vocab: optional(size()), ...inOut },
  example: { tokens: 64, hidden: 4096, vocab: 32000, dtype: 'bf16' },
  work(call) {
    const moved = call.tokens * call.hidden
    return local(
      0,
      moved * dtypeBytes(call.dtype) + call.tokens * INDEX_BYTES,
      moved * dtypeBytes(sameDtype(call)),
    )
  },
  describe: (call) => `${call.tokens}×${call.hidden}`,
})
