// Softmax of each row: maximum, difference, exponential, sum, quotient; 5 FLOPs an element.
import { operation } from './shared/operation.js'
import { passFields, passSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const softmax = operation('softmax', {
  title: 'softmax of each row',
  family: 'reduction',
  runsOn: 'vector',
  fields: passFields,
  example: SOME_ROWS,
  work: (call) => rowWork(call, 5),
  describe: passSizes,
})
