// The k largest of each row with their int64 places; 1 FLOP an element.
import { dtypeBytes } from '../dtype.js'
import { count } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const topk = operation('topk', {
  title: 'the k largest of each row',
  family: 'reduction',
  runsOn: 'vector',
  fields: { ...rowFields, k: count() },
  atMost: { k: 'cols' },
  example: { ...SOME_ROWS, k: 8 },
  work(call) {
    const elements = call.rows * call.cols
    return local(
      elements,
      elements * dtypeBytes(call.dtype),
      call.rows * call.k * (dtypeBytes(sameDtype(call)) + INDEX_BYTES),
    )
  },
  describe: (call) => `${rowSizes(call)}, ${call.k}`,
})
