// Tensors written one after the other; `elements` are those of the result.
import { optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const cat = operation('cat', {
  title: 'tensors written one after the other',
  family: 'data_movement',
  runsOn: 'vector',
  fields: { ...pointFields, inputs: optional(size()) },
  example: { ...SOME_POINTS, inputs: 2 },
  work: (call) => pointWork(call, 0),
  describe: pointSizes,
})
