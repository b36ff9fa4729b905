// A layer of experts: three matrix products (gate, up, down) on topk rows a token, on one rank of the
// parallel groups; 6·rows·hidden·inter FLOPs. Of the weights only those of experts that get tokens are read.
import { dtypeBytes } from '../dtype.js'
import { touchedExperts } from './shared/experts.js'
import { count, experts, optional, size, text } from './shared/fields.js'
import { gemmTypes } from './shared/gemm.js'
import { operation } from './shared/operation.js'
import { local, outputDtype } from './shared/work.js'

export const moe = operation('moe', {
  title: 'a layer of experts: gate, up and down projection of the chosen ones',
  family: 'moe',
  runsOn: 'matrix',
  fields: {
    tokens: size(),
    hidden: size(),
    inter: size('Intermediate width of one expert, before tensor parallelism.'),
    topk: experts(),
    experts: experts(),
    tensorParallel: optional(count()),
    expertParallel: optional(count()),
    distribution: optional(text('Load of the experts: "balanced", …')),
    ...gemmTypes,
  },
  atMost: { topk: 'experts' },
  example: { tokens: 64, hidden: 4096, inter: 2048, topk: 2, experts: 8, dtype: 'bf16' },
  work(call) {
    const inter = call.inter / (call.tensorParallel ?? 1)
    const ranks = call.expertParallel ?? 1
    const rows = (call.tokens * call.topk) / ranks
    const weight = dtypeBytes(call.weightDtype ?? call.dtype)
    const touched = touchedExperts(call.tokens, call.topk, call.experts) / ranks
    const activation = call.tokens * call.hidden
    return local(
      2 * rows * 3 * call.hidden * inter,
      touched * 3 * call.hidden * inter * weight + activation * dtypeBytes(call.dtype),
      activation * dtypeBytes(outputDtype(call)),
    )
  },
  describe: (call) =>
    `${call.tokens} tokens, ${call.hidden}→${call.inter}, ${call.topk} of ${call.experts}`,
})
