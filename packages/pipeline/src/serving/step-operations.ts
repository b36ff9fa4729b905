// Which operations of a step are timed on their own.
//
// A latency model that was fitted to measured kernels times what was measured, and that is more than one
// operation: measured attention writes its new keys and values to the cache, and measured experts choose
// them first (docs/calibrated-model.md). The graph has those as operations of their own; counted twice
// they would make a decode step of a small model 5 to 10 % too long.
import type { GraphOp } from '@flowsim/model-graph'

/** Latency models whose attention and experts are measured kernels. */
const FITTED: ReadonlySet<string> = new Set(['calibrated', 'measured'])

/** Operations whose time the attention or the experts of a fitted model have in them. */
const INCLUDED: ReadonlySet<GraphOp['call']['op']> = new Set(['kv_cache_write', 'moe_route'])

/** Whether the time of an operation is already in that of another one. */
export function isIncluded({ call }: GraphOp, latencyModel: string): boolean {
  return FITTED.has(latencyModel) && INCLUDED.has(call.op)
}
