// A random number written to each element; nothing is read; 10 FLOPs.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const random = operation('random', {
  title: 'a random number written to each element',
  family: 'elementwise',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 10, 0),
  describe: pointSizes,
})
