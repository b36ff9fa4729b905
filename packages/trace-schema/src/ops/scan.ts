// A running sum, product or the like along each row; 1 FLOP an element.
import { text } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, rowWork, SOME_ROWS, sameDtype } from './shared/rowwise.js'

export const scan = operation('scan', {
  title: 'running sum or the like along each row',
  family: 'reduction',
  runsOn: 'vector',
  fields: { ...rowFields, function: text() },
  usual: { function: 'cumsum' },
  example: { ...SOME_ROWS, function: 'sum' },
  work: (call) => rowWork({ ...call, outDtype: sameDtype(call) }, 1),
  describe: rowSizes,
})
