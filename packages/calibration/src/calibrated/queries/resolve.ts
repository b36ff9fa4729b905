// From an operation to a query: which family of calibration rows speaks about it, which kinds of rows in
// which order of preference, and the query in the family's terms.
import type { EstimateOptions } from '@flowsim/perf-model'
import { isCollective, type OpCall, type OpCallOf, type OpName } from '@flowsim/trace-schema'
import { attentionQuery } from './attention.js'
import { collectiveQuery } from './collective.js'
import { convQuery } from './conv.js'
import { bmmQuery, groupedGemmQuery, matmulQuery } from './gemm.js'
import { moeQuery } from './moe.js'
import type { Resolved } from './resolved.js'
import { memcpyQuery, otherQuery, streamedQuery } from './streamed.js'

/** Queries of operations that are not always streams or communication. */
const QUERIES: {
  [Op in OpName]?: (call: OpCallOf<Op>, options: EstimateOptions) => Resolved | undefined
} = {
  matmul: matmulQuery,
  bmm: bmmQuery,
  grouped_gemm: groupedGemmQuery,
  conv: convQuery,
  attention: attentionQuery,
  moe: moeQuery,
  memcpy: memcpyQuery,
  other: otherQuery,
}

/**
 * The query of an operation; undefined for copies that cross the host's bus and for matrix products of which only
 * the work is known.
 */
export function resolve(call: OpCall, options: EstimateOptions): Resolved | undefined {
  const query = QUERIES[call.op]
  if (query !== undefined) return query(call as never, options)
  return isCollective(call) ? collectiveQuery(call, options) : streamedQuery(call, options)
}
