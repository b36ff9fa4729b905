// A constant written to each element; nothing is read.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const fill = operation('fill', {
  title: 'a constant written to each element',
  family: 'elementwise',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 0, 0),
  describe: pointSizes,
})
