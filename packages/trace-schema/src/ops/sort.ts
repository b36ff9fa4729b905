// Each row sorted; log2(cols) FLOPs an element.
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, rowWork, SOME_ROWS, sameDtype } from './shared/rowwise.js'

export const sort = operation('sort', {
  title: 'each row sorted',
  family: 'reduction',
  runsOn: 'vector',
  fields: rowFields,
  example: SOME_ROWS,
  work: (call) =>
    rowWork({ ...call, outDtype: sameDtype(call) }, Math.log2(Math.max(2, call.cols))),
  describe: rowSizes,
})
