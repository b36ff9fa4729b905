// Layer norm of each row: mean, variance, scale and shift; 7 FLOPs an element. With `residual` a second input
// is added first and the sum written beside the result.
import { flag, optional } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { passFields, passSizes, rowWork, SOME_ROWS } from './shared/rowwise.js'

export const layernorm = operation('layernorm', {
  title: 'layer norm of each row',
  family: 'normalization',
  runsOn: 'vector',
  fields: { ...passFields, residual: optional(flag()) },
  example: SOME_ROWS,
  work: (call) => rowWork(call, 7, call.residual),
  describe: passSizes,
})
