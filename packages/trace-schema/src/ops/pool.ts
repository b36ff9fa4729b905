// The maximum or mean of a window for each result; 1 FLOP an element of the window.
import { dtypeBytes } from '../dtype.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { local } from './shared/work.js'

export const pool = operation('pool', {
  title: 'maximum or mean of a window',
  family: 'reduction',
  runsOn: 'vector',
  fields: {
    ...rowFields,
    rows: size('Results.'),
    cols: size('Window size.'),
  },
  example: SOME_ROWS,
  work(call) {
    const elements = call.rows * call.cols
    return local(
      elements,
      elements * dtypeBytes(call.dtype),
      call.rows * dtypeBytes(sameDtype(call)),
    )
  },
  describe: rowSizes,
})
