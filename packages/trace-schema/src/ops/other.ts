// An operation that the vocabulary has no word for, with as much of its work as is known.
import { amount, dtype, optional, size, text } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

export const other = operation('other', {
  title: 'anything else, with the work that is known of it',
  family: 'other',
  runsOn: 'vector',
  fields: {
    name: text(),
    flops: optional(amount()),
    matrixDtype: optional(dtype('Element type of the matrix products that its FLOPs are.')),
    readBytes: optional(size()),
    writeBytes: optional(size()),
  },
  example: { name: 'unknown', flops: 1e6, readBytes: 1e6, writeBytes: 1e6 },
  work: (call) => local(call.flops ?? 0, call.readBytes ?? 0, call.writeBytes ?? 0),
  describe: (call) => call.name,
})
