// SiLU of each element, x · sigmoid(x); 5 FLOPs.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const silu = operation('silu', {
  title: 'SiLU of each element',
  family: 'activation',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 5),
  describe: pointSizes,
})
