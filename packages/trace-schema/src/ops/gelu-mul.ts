// A gated activation: GELU of the first half of each row times the second half; 11 FLOPs a result.
import { dtypeBytes } from '../dtype.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { local } from './shared/work.js'

export const geluMul = operation('gelu_mul', {
  title: 'gated activation: GELU of one half of a row times the other',
  family: 'activation',
  runsOn: 'vector',
  fields: { ...rowFields, cols: size('Width of the result; the input has twice it.') },
  example: SOME_ROWS,
  work(call) {
    const written = call.rows * call.cols
    return local(
      11 * written,
      2 * written * dtypeBytes(call.dtype),
      written * dtypeBytes(sameDtype(call)),
    )
  },
  describe: rowSizes,
})
