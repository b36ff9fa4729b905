// ReLU of each element; 1 FLOP.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const relu = operation('relu', {
  title: 'ReLU of each element',
  family: 'activation',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 1),
  describe: pointSizes,
})
