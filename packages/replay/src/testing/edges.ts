// The edges of a graph as lines, for tests: `a ends > b starts` holds the start of b back until after the end of a.
import { EdgeKind, type ReplayGraph } from '../graph.js'

/** The edges of the kinds, in order of their targets. */
export function edgeLines(
  graph: ReplayGraph,
  ...kinds: readonly (keyof typeof EdgeKind)[]
): string[] {
  const wanted = new Set(kinds.map((kind) => EdgeKind[kind]))
  const lines: string[] = []
  for (let v = 0; v < graph.nodeCount; v++) {
    for (let e = graph.edgeStart[v]!; e < graph.edgeStart[v + 1]!; e++) {
      if (!wanted.has(graph.classes[graph.edgeClass[e]!]!.kind)) continue
      lines.push(`${moment(graph, graph.edgeSource[e]!)} > ${moment(graph, v)}`)
    }
  }
  return lines
}

function moment(
  { nodeOwner, kernels, kernelEndNode, calls, callEndNode }: ReplayGraph,
  v: number,
): string {
  const owner = nodeOwner[v]!
  if (owner === -1) return 'begin'
  if (owner >= 0) return `${kernels[owner]!.name} ${kernelEndNode[owner] === v ? 'ends' : 'starts'}`
  const call = -2 - owner
  return `${calls.apis[calls.api[call]!]} ${callEndNode[call] === v ? 'ends' : 'starts'}`
}
