// One row of a table for each token, taken by its int64 number. A row that is taken twice is read once, so
// no more rows are read than the table has.
import { dtypeBytes } from '../dtype.js'
import { optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { inOut, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const embedding = operation('embedding', {
  title: 'one row of a table for each token',
  family: 'data_movement',
  runsOn: 'vector',
  fields: {
    tokens: size(),
    hidden: size(),
    vocab: optional(size('Rows of the table, where known.')),
    ...inOut,
  },
  example: { tokens: 64, hidden: 4096, vocab: 32000, dtype: 'bf16' },
  work(call) {
    const { tokens, hidden, vocab = tokens } = call
    return local(
      0,
      Math.min(tokens, vocab) * hidden * dtypeBytes(call.dtype) + tokens * INDEX_BYTES,
      tokens * hidden * dtypeBytes(sameDtype(call)),
    )
  },
  describe: (call) => `${call.tokens}×${call.hidden}`,
})
