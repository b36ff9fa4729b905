// Bytes copied by the driver: read once, written once.
import { formatBytes } from '../format-bytes.js'
import { oneOf, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

export const memcpy = operation('memcpy', {
  title: 'bytes copied by the driver',
  family: 'memcpy',
  runsOn: 'copy',
  fields: {
    bytes: size(),
    direction: oneOf([
      'host_to_device',
      'device_to_host',
      'device_to_device',
      'peer_to_peer',
      'host_to_host',
      'unknown',
    ]),
  },
  usual: { direction: 'device_to_device' },
  example: { bytes: 1 << 20, direction: 'host_to_device' },
  work: (call) => local(0, call.bytes, call.bytes),
  describe: (call) => `${formatBytes(call.bytes)} ${call.direction.replaceAll('_', ' ')}`,
})
