// Keys and values of new tokens written to the cache, each token to the slot that an int64 index names.
import { dtypeBytes } from '../dtype.js'
import { dtype, optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { INDEX_BYTES, local } from './shared/work.js'

export const kvCacheWrite = operation('kv_cache_write', {
  title: 'keys and values of new tokens written to the cache',
  family: 'data_movement',
  runsOn: 'vector',
  fields: {
    tokens: size(),
    width: size('Elements stored for a token: keys and values of all heads.'),
    dtype: dtype(),
    cacheDtype: optional(dtype()),
  },
  example: { tokens: 64, width: 2048, dtype: 'bf16' },
  work(call) {
    const moved = call.tokens * call.width
    return local(
      0,
      moved * dtypeBytes(call.dtype) + call.tokens * INDEX_BYTES,
      moved * dtypeBytes(call.cacheDtype ?? call.dtype),
    )
  },
  describe: (call) => `${call.tokens}×${call.width}`,
})
