// Rotary position embedding of queries and keys (arXiv 2104.09864): 3 FLOPs an element; sine and cosine
// of a token are read as fp32.
import { dtypeBytes } from '../dtype.js'
import { count, dtype, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local, SCALE_BYTES } from './shared/work.js'

export const rope = operation('rope', {
  title: 'rotary position embedding of queries and keys',
  family: 'elementwise',
  runsOn: 'vector',
  fields: {
    tokens: size(),
    heads: size('Query heads.'),
    kvHeads: size('Key heads rotated in the same kernel; 0 for none.'),
    headDim: count('Width that is rotated.'),
    dtype: dtype(),
  },
  example: { tokens: 64, heads: 32, kvHeads: 8, headDim: 128, dtype: 'bf16' },
  work(call) {
    const moved = call.tokens * (call.heads + call.kvHeads) * call.headDim
    const bytes = moved * dtypeBytes(call.dtype)
    return local(3 * moved, bytes + call.tokens * call.headDim * SCALE_BYTES, bytes)
  },
  describe: (call) => `${call.tokens} × ${call.heads + call.kvHeads} heads × ${call.headDim}`,
})
