// The pass over the graph that every replay is.
import type { ReplayGraph } from './graph.js'

/** The latest time that the edges allow, node by node. Edges come from lower numbers only. */
export function relax(
  { edgeStart, edgeSource, nodeCount }: ReplayGraph,
  lagNs: Float64Array,
  nodeNs: Float64Array,
): void {
  nodeNs[0] = 0
  let e = edgeStart[1]!
  for (let v = 1; v < nodeCount; v++) {
    const end = edgeStart[v + 1]!
    let latest = -Infinity
    for (; e < end; e++) {
      const at = nodeNs[edgeSource[e]!]! + lagNs[e]!
      if (at > latest) latest = at
    }
    nodeNs[v] = latest
  }
}
