// The maximum or mean of a window for each result; 1 FLOP an element of the window.
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { reducedWork, rowFields, rowSizes, SOME_ROWS } from './shared/rowwise.js'

export const pool = operation('pool', {
  title: 'maximum or mean of a window',
  family: 'reduction',
  runsOn: 'vector',
  fields: {
    ...rowFields,
    rows: size('Results.'),
    cols: size('Window size.'),
  },
  example: SOME_ROWS,
  work: reducedWork,
  describe: rowSizes,
})
