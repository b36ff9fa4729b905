// Each row reduced to one result; 1 FLOP an element.
import { size, text } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { reducedWork, rowFields, rowSizes, SOME_ROWS } from './shared/rowwise.js'

export const reduce = operation('reduce', {
  title: 'each row reduced to one result',
  family: 'reduction',
  runsOn: 'vector',
  fields: {
    ...rowFields,
    rows: size('Results.'),
    cols: size('Elements reduced into each result.'),
    function: text(),
  },
  usual: { function: 'sum' },
  example: { ...SOME_ROWS, function: 'sum' },
  work: reducedWork,
  describe: rowSizes,
})
