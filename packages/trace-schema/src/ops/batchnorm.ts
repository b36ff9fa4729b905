// Batch norm, a channel a row: mean, variance, scale and shift; 7 FLOPs an element.
import { operation } from './shared/operation.js'
import { passFields, passSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const batchnorm = operation('batchnorm', {
  title: 'batch norm, a channel a row',
  family: 'normalization',
  runsOn: 'vector',
  fields: passFields,
  example: SOME_ROWS,
  work: (call) => rowWork(call, 7),
  describe: passSizes,
})
