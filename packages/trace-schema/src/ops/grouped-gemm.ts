// Products of groups of rows, each with weights of its group: one matrix product of a layer of experts.
// 2·m·n·k FLOPs; of the weights only those of groups that get rows are read: as many as are stated, else as
// tokens reach whose topk rows go to different groups.
import { dtypeBytes } from '../dtype.js'
import { touchedExperts } from './shared/experts.js'
import { count, experts, optional, size } from './shared/fields.js'
import { gemmFields, gemmSizes } from './shared/gemm.js'
import { operation } from './shared/operation.js'
import { local, outputDtype } from './shared/work.js'

export const groupedGemm = operation('grouped_gemm', {
  title: 'matrix product whose groups of rows have their own weights',
  family: 'moe',
  runsOn: 'matrix',
  fields: {
    groups: experts('Groups (experts) that own weights.'),
    activeGroups: optional(count('Groups that get at least one row; expected if absent.')),
    topk: optional(experts('Rows of one token, each in another group; 1 if absent.')),
    ...gemmFields,
    m: size('Rows of all groups together.'),
  },
  example: { groups: 8, m: 256, n: 4096, k: 1024, dtype: 'bf16' },
  work(call) {
    const { m, groups, topk = 1 } = call
    const active = call.activeGroups ?? touchedExperts(m / topk, topk, groups)
    return local(
      2 * call.m * call.n * call.k,
      call.m * call.k * dtypeBytes(call.dtype) +
        active * call.k * call.n * dtypeBytes(call.weightDtype ?? call.dtype),
      call.m * call.n * dtypeBytes(outputDtype(call)),
    )
  },
  describe: (call) => `${call.groups} groups, ${gemmSizes(call)}`,
})
