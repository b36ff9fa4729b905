// GELU of each element, by the tanh or the error function; 10 FLOPs.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const gelu = operation('gelu', {
  title: 'GELU of each element',
  family: 'activation',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 10),
  describe: pointSizes,
})
