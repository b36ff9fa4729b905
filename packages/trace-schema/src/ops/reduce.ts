// Each row reduced to one result; 1 FLOP an element.
import { dtypeBytes } from '../dtype.js'
import { size, text } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { local } from './shared/work.js'

export const reduce = operation('reduce', {
  title: 'each row reduced to one result',
  family: 'reduction',
  runsOn: 'vector',
  fields: {
    ...rowFields,
    rows: size('Results.'),
    cols: size('Elements reduced into each result.'),
    function: text(),
  },
  usual: { function: 'sum' },
  example: { ...SOME_ROWS, function: 'sum' },
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
