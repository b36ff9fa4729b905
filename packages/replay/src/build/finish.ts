// From a list of edges to a graph that can be replayed: the order of nodes, edges by target, lags.
//
// Lags. Of the edges into a node, the one that binds is the latest by its typical lag; it takes the
// measured difference, whatever made it up. The others take their typical lag, or the measured
// difference if that is smaller. So replay with nothing changed meets the trace exactly, and when
// something else becomes binding it costs what that usually costs.
import type { EdgeClass } from '../graph.js'
import { EdgeKind } from '../graph.js'
import type { EdgeList } from './edge-list.js'

/** Edges by target with numbered nodes. */
export interface OrderedEdges {
  /** New number of each node. */
  position: Uint32Array
  edgeStart: Uint32Array
  edgeSource: Uint32Array
  edgeLagNs: Float64Array
  edgeClass: Uint16Array
  /** New index of each edge of the list; 0xffffffff for those left out. */
  edgeIndex: Uint32Array
}

const LEFT_OUT = 0xffffffff

/**
 * Numbers the nodes so that edges point upwards (Kahn's algorithm, linear). Where edges form a circle, the
 * ones that could be wrong are left out: those against the measured times first, then inferred ones, then
 * all that are no chain of a thread or duration of a kernel. `dropped` hears of each.
 */
export function orderEdges(
  nodeCount: number,
  timeNs: Float64Array,
  edges: EdgeList,
  classes: readonly EdgeClass[],
  originClass: number,
  dropped: (source: number, target: number, kind: EdgeKind) => void,
): OrderedEdges {
  const out = new Uint8Array(edges.count)
  let position = topological(nodeCount, edges, out)
  for (let level = 0; position.placed < nodeCount; level++) {
    for (let e = 0; e < edges.count; e++) {
      const [source, target] = [edges.source[e]!, edges.target[e]!]
      if (out[e] === 1 || position.number[target] !== LEFT_OUT) continue
      if (position.number[source] !== LEFT_OUT) continue
      const { kind } = classes[edges.cls[e]!]!
      if (!isDoubtful(kind, timeNs[target]! - timeNs[source]!, level)) continue
      out[e] = 1
      dropped(source, target, kind)
    }
    position = topological(nodeCount, edges, out)
  }
  anchorLoose(nodeCount, edges, out, originClass)
  return byTarget(nodeCount, timeNs, edges, classes, out, position.number)
}

/** Nodes that nothing holds, because what did was left out, keep their measured time. */
function anchorLoose(nodeCount: number, edges: EdgeList, out: Uint8Array, cls: number): void {
  const held = new Uint8Array(nodeCount)
  for (let e = 0; e < edges.count; e++) if (out[e] === 0) held[edges.target[e]!] = 1
  for (let v = 1; v < nodeCount; v++) if (held[v] === 0) edges.add(0, v, cls)
}

const INFERRED: ReadonlySet<EdgeKind> = new Set([
  EdgeKind.Handover,
  EdgeKind.InferredEvent,
  EdgeKind.Occupancy,
  EdgeKind.Queue,
])
const CERTAIN: ReadonlySet<EdgeKind> = new Set([
  EdgeKind.Origin,
  EdgeKind.Kernel,
  EdgeKind.Call,
  EdgeKind.Host,
  EdgeKind.Transfer,
])

function isDoubtful(kind: EdgeKind, differenceNs: number, level: number): boolean {
  if (level === 0) return differenceNs < 0
  if (level === 1) return INFERRED.has(kind)
  return level > 2 || !CERTAIN.has(kind)
}

function topological(
  nodeCount: number,
  edges: EdgeList,
  out: Uint8Array,
): { number: Uint32Array; placed: number } {
  const { source, target, count } = edges
  const inDegree = new Uint32Array(nodeCount)
  const outStart = new Uint32Array(nodeCount + 1)
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    inDegree[target[e]!]!++
    outStart[source[e]! + 1]!++
  }
  for (let v = 0; v < nodeCount; v++) outStart[v + 1]! += outStart[v]!
  const next = outStart.slice(0, nodeCount)
  const successors = new Uint32Array(outStart[nodeCount]!)
  for (let e = 0; e < count; e++) {
    if (out[e] === 0) successors[next[source[e]!]!++] = target[e]!
  }
  const number = new Uint32Array(nodeCount).fill(LEFT_OUT)
  const queue = next
  let tail = 0
  for (let v = 0; v < nodeCount; v++) if (inDegree[v] === 0) queue[tail++] = v
  let head = 0
  for (; head < tail; head++) {
    const v = queue[head]!
    number[v] = head
    for (let i = outStart[v]!; i < outStart[v + 1]!; i++) {
      const w = successors[i]!
      if (--inDegree[w]! === 0) queue[tail++] = w
    }
  }
  return { number, placed: head }
}

function byTarget(
  nodeCount: number,
  timeNs: Float64Array,
  edges: EdgeList,
  classes: readonly EdgeClass[],
  out: Uint8Array,
  position: Uint32Array,
): OrderedEdges {
  const { source, target, cls, count } = edges
  const edgeStart = new Uint32Array(nodeCount + 1)
  let kept = 0
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    edgeStart[position[target[e]!]! + 1]!++
    kept++
  }
  for (let v = 0; v < nodeCount; v++) edgeStart[v + 1]! += edgeStart[v]!
  const next = edgeStart.slice(0, nodeCount)
  const edgeSource = new Uint32Array(kept)
  const edgeLagNs = new Float64Array(kept)
  const edgeClass = new Uint16Array(kept)
  const edgeIndex = new Uint32Array(count).fill(LEFT_OUT)
  const typical = Float64Array.from(classes, ({ typicalNs }) =>
    Number.isNaN(typicalNs) ? Infinity : typicalNs,
  )
  // First with each edge's own lag; then the latest of each node takes the measured difference.
  const binding = new Uint32Array(nodeCount).fill(LEFT_OUT)
  const bindingNs = new Float64Array(nodeCount).fill(-Infinity)
  const measured = new Float64Array(nodeCount)
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    const v = position[target[e]!]!
    const at = next[v]!++
    const sourceNs = timeNs[source[e]!]!
    const difference = timeNs[target[e]!]! - sourceNs
    const lag = Math.min(typical[cls[e]!]!, difference)
    edgeSource[at] = position[source[e]!]!
    edgeLagNs[at] = lag
    edgeClass[at] = cls[e]!
    edgeIndex[e] = at
    if (sourceNs + lag > bindingNs[v]!) {
      bindingNs[v] = sourceNs + lag
      binding[v] = at
      measured[v] = difference
    }
  }
  for (let v = 0; v < nodeCount; v++) {
    if (binding[v] !== LEFT_OUT) edgeLagNs[binding[v]!] = measured[v]!
  }
  return { position, edgeStart, edgeSource, edgeLagNs, edgeClass, edgeIndex }
}
