// Any function of each element: `inputs` tensors read, one written; 1 FLOP an element.
import { count, optional, size, text } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { pointFields, pointSizes, pointWork, SOME_POINTS } from './shared/pointwise.js'

export const elementwise = operation('elementwise', {
  title: 'a function of each element, such as the sum of two tensors',
  family: 'elementwise',
  runsOn: 'vector',
  fields: {
    ...pointFields,
    function: text('"add", "mul", "fused", …'),
    readBytes: optional(
      size(
        'Bytes of all inputs, where they differ from `elements`: a broadcast one counts as it is stored.',
      ),
    ),
    writeBytes: optional(size('Bytes of all outputs, where there are several.')),
    inputs: optional(size('Tensors read, each of `elements`; 1 if absent.')),
    chunk: optional(
      count('Elements of the longest part that one block works through, of a list of tensors.'),
    ),
  },
  usual: { function: 'elementwise' },
  example: { ...SOME_POINTS, function: 'add', inputs: 2 },
  work(call) {
    const work = pointWork(call, 1, call.inputs ?? 1)
    return {
      ...work,
      readBytes: call.readBytes ?? work.readBytes,
      writeBytes: call.writeBytes ?? work.writeBytes,
    }
  },
  describe: pointSizes,
})
