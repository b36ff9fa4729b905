// The experts of each token: softmax or sigmoid of the router's row (5 FLOPs an element) and its top k,
// written as fp32 weights and int32 numbers.
import { dtypeBytes } from '../dtype.js'
import { dtype, experts, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { local, SCALE_BYTES } from './shared/work.js'

const EXPERT_BYTES = 4

export const moeRoute = operation('moe_route', {
  title: 'the experts of each token, with their weights',
  family: 'moe',
  runsOn: 'vector',
  fields: { tokens: size(), experts: experts(), topk: experts(), dtype: dtype() },
  atMost: { topk: 'experts' },
  example: { tokens: 64, experts: 8, topk: 2, dtype: 'bf16' },
  work(call) {
    const scores = call.tokens * call.experts
    return local(
      5 * scores,
      scores * dtypeBytes(call.dtype),
      call.tokens * call.topk * (SCALE_BYTES + EXPERT_BYTES),
    )
  },
  describe: (call) => `${call.tokens} tokens, ${call.topk} of ${call.experts}`,
})
