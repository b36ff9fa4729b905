// Rows read in order and written by an index. An index is int64.
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, rowWork, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES } from './shared/work.js'

export const scatter = operation('scatter', {
  title: 'rows written by an index',
  family: 'data_movement',
  runsOn: 'vector',
  fields: { ...rowFields, rows: size('Rows written.'), cols: size('Row width.') },
  example: SOME_ROWS,
  work(call) {
    const work = rowWork({ ...call, outDtype: sameDtype(call) }, 0)
    return { ...work, readBytes: work.readBytes + call.rows * INDEX_BYTES }
  },
  describe: rowSizes,
})
