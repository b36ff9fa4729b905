// A copy of each element, to another place, layout or type.
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const copy = operation('copy', {
  title: 'copy, also to another layout or type',
  family: 'data_movement',
  runsOn: 'vector',
  fields: pointFields,
  example: SOME_POINTS,
  work: (call) => pointWork(call, 0),
  describe: pointSizes,
})
