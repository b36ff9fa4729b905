// The rows of all chosen experts added up for each token (or, the other way round, dealt out to them):
// topk rows read and one written a token; 1 FLOP an element.
import { dtypeBytes } from '../dtype.js'
import { dtype, experts, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local } from './shared/work.js'

export const moePermute = operation('moe_permute', {
  title: 'rows of tokens dealt out to experts, or their results gathered',
  family: 'moe',
  runsOn: 'vector',
  fields: { tokens: size(), hidden: size(), topk: experts(), dtype: dtype() },
  example: { tokens: 64, hidden: 4096, topk: 2, dtype: 'bf16' },
  work(call) {
    const moved = call.tokens * call.topk * call.hidden * dtypeBytes(call.dtype)
    return local(call.tokens * call.topk * call.hidden, moved, moved / call.topk)
  },
  describe: (call) => `${call.tokens}×${call.hidden}, top ${call.topk}`,
})
