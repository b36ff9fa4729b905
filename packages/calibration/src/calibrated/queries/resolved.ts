// A query of some family, and the kinds of rows that may answer it: its own first, then the next best.
import type { OpCall } from '@flowsim/trace-schema'
import type { AttentionQuery } from '../families/attention-kinds.js'
import type { CollectiveQuery } from '../families/collective.js'
import type { ConvQuery } from '../families/conv.js'
import type { GemmQuery } from '../families/gemm.js'
import type { MoeQuery } from '../families/moe.js'
import type { PointwiseQuery } from '../families/pointwise.js'

interface Query<Family extends string, Query> {
  family: Family
  /** Always the same list for calls that the same rows may answer. */
  kinds: readonly string[]
  query: Query
}

/**
 * What an operation asks. Where no rows have its element type, `like` is the call in another type, whose rows
 * answer; the roofline says how much longer the asked one takes. `times` is how often the query is computed.
 */
export type Resolved =
  | (Query<'gemm', GemmQuery> & { like?: OpCall })
  | (Query<'conv', ConvQuery> & { like?: OpCall })
  | (Query<'prefill' | 'decode', AttentionQuery> & { times: number })
  | (Query<'moe', MoeQuery> & { like?: OpCall })
  | Query<'collective', CollectiveQuery>
  | Query<'pointwise', PointwiseQuery>
