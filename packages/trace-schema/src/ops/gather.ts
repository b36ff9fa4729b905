// Rows read by an index (int64) and written in order. A row that is taken twice is read once, so no more
// rows are read than the table has.
import { dtypeBytes } from '../dtype.js'
import { count, optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowFields, rowSizes, SOME_ROWS, sameDtype } from './shared/rowwise.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const gather = operation('gather', {
  title: 'rows taken by an index',
  family: 'data_movement',
  runsOn: 'vector',
  fields: {
    ...rowFields,
    rows: size('Rows taken.'),
    cols: size('Row width.'),
    tableRows: optional(count('Rows of the table, where known.')),
  },
  example: SOME_ROWS,
  work(call) {
    const { rows, cols, tableRows = rows } = call
    return local(
      0,
      Math.min(rows, tableRows) * cols * dtypeBytes(call.dtype) + rows * INDEX_BYTES,
      rows * cols * dtypeBytes(sameDtype(call)),
    )
  },
  describe: rowSizes,
})
