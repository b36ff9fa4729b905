// Softmax of each row: maximum, difference, exponential, sum, quotient; 5 FLOPs an element.
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const softmax = operation('softmax', {
  title: 'softmax of each row',
  family: 'reduction',
  runsOn: 'vector',
  fields: rowFields,
  example: SOME_ROWS,
  work: (call) => rowWork(call, 5),
  describe: rowSizes,
})
