// RMS norm of each row: squares, mean, scale; 4 FLOPs an element. With `residual` a second input is
// added first and the sum written beside the result.
import { flag, optional } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { passFields, passSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const rmsnorm = operation('rmsnorm', {
  title: 'root-mean-square norm of each row',
  family: 'normalization',
  runsOn: 'vector',
  fields: { ...passFields, residual: optional(flag()) },
  example: { ...SOME_ROWS, residual: true },
  work: (call) => rowWork(call, 4, call.residual),
  describe: passSizes,
})
