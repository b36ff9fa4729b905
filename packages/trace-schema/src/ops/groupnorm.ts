// Group norm, a group a row: mean, variance, scale and shift; 7 FLOPs an element.
import { operation } from './shared/operation.js'
import { passFields, passSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const groupnorm = operation('groupnorm', {
  title: 'group norm, a group a row',
  family: 'normalization',
  runsOn: 'vector',
  fields: passFields,
  example: SOME_ROWS,
  work: (call) => rowWork(call, 7),
  describe: passSizes,
})
