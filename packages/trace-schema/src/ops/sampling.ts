// The next token of each sequence drawn from its row of logits; 5 FLOPs an element, one int64 written a row.
import { dtypeBytes } from '../dtype.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS } from './shared/rowwise.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const sampling = operation('sampling', {
  title: 'the next token of each sequence drawn from its logits',
  family: 'sampling',
  runsOn: 'vector',
  fields: { ...rowFields, cols: size('Vocabulary.') },
  example: SOME_ROWS,
  work(call) {
    const elements = call.rows * call.cols
    return local(5 * elements, elements * dtypeBytes(call.dtype), call.rows * INDEX_BYTES)
  },
  describe: rowSizes,
})
