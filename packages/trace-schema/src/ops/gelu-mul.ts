// A gated activation: GELU of the first half of each row times the second half; 11 FLOPs a result.
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { gatedWork, rowFields, rowSizes, SOME_ROWS } from './shared/rowwise.js'

export const geluMul = operation('gelu_mul', {
  title: 'gated activation: GELU of one half of a row times the other',
  family: 'activation',
  runsOn: 'vector',
  fields: { ...rowFields, cols: size('Width of the result; the input has twice it.') },
  inputWidth: 2,
  example: SOME_ROWS,
  work: (call) => gatedWork(call, 11),
  describe: rowSizes,
})
