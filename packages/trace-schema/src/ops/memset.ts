// Bytes set by the driver.
import { formatBytes } from '../format-bytes.js'
import { size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

export const memset = operation('memset', {
  title: 'bytes set by the driver',
  family: 'memcpy',
  runsOn: 'vector',
  fields: { bytes: size() },
  example: { bytes: 1 << 20 },
  work: (call) => local(0, 0, call.bytes),
  describe: (call) => formatBytes(call.bytes),
})
