// Rows read by an index and written in order. An index is int64.
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, rowWork, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES } from './shared/work.js'

export const gather = operation('gather', {
  title: 'rows taken by an index',
  family: 'data_movement',
  runsOn: 'vector',
  fields: { ...rowFields, rows: size('Rows taken.'), cols: size('Row width.') },
  example: SOME_ROWS,
  work(call) {
    const work = rowWork({ ...call, outDtype: sameDtype(call) }, 0)
    return { ...work, readBytes: work.readBytes + call.rows * INDEX_BYTES }
  },
  describe: rowSizes,
})
