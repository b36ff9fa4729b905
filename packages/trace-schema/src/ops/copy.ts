// A copy of each element, to another place, layout or type.
import { optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const copy = operation('copy', {
  title: 'copy, also to another layout or type',
  family: 'data_movement',
  runsOn: 'vector',
  fields: {
    ...pointFields,
    readBytes: optional(
      size('Bytes of the source, where a broadcast dimension is stored once and read by many.'),
    ),
  },
  example: SOME_POINTS,
  work(call) {
    const work = pointWork(call, 0)
    return { ...work, readBytes: call.readBytes ?? work.readBytes }
  },
  describe: pointSizes,
})
