// The order of nodes: every edge goes from a lower number to a higher one (Kahn's algorithm, linear).
//
// Measured times could order the nodes but for the edges with a negative lag (overlapping kernels, clocks
// that differ) and for ties. Where edges form a circle, those of the circle that could be wrong are left
// out: the ones against the measured times first, then inferred ones, then all that are not a chain of a
// thread or duration of a kernel.
import { type EdgeClass, EdgeKind } from '../graph.js'
import type { EdgeList } from './edge-list.js'

/** Numbers of nodes, and which edges of the list were left out for them. */
export interface NodeOrder {
  number: Uint32Array
  out: Uint8Array
}

const UNPLACED = 0xffffffff

/** A graph whose nodes have no order yet. */
export interface Unordered {
  nodeCount: number
  /** Measured time of each node. */
  timeNs: Float64Array
  edges: EdgeList
  classes: readonly EdgeClass[]
  /** Class of edges from time zero. */
  originClass: number
  /** Hears of each edge that is left out. */
  dropped: (source: number, target: number, kind: EdgeKind) => void
}

/** Numbers the nodes. Node 0 is the first. */
export function orderNodes({
  nodeCount,
  timeNs,
  edges,
  classes,
  originClass,
  dropped,
}: Unordered): NodeOrder {
  const out = new Uint8Array(edges.count)
  let order = topological(nodeCount, edges, out)
  for (let level = 0; order.placed < nodeCount; level++) {
    const circle = circles(nodeCount, edges, out, order.number)
    for (let e = 0; e < edges.count; e++) {
      const [source, target] = [edges.source[e]!, edges.target[e]!]
      if (out[e] === 1 || circle[source] === 0 || circle[target] === 0) continue
      const { kind } = classes[edges.cls[e]!]!
      if (!isDoubtful(kind, timeNs[target]! - timeNs[source]!, level)) continue
      out[e] = 1
      dropped(source, target, kind)
    }
    order = topological(nodeCount, edges, out)
  }
  // Nodes that nothing holds, because what did was left out, keep their measured time.
  for (let v = 1; v < nodeCount; v++) if (order.loose[v] === 1) edges.add(0, v, originClass)
  return { number: order.number, out }
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

interface Placed {
  number: Uint32Array
  placed: number
  /** Whether a node has no edge into it. */
  loose: Uint8Array
}

function topological(nodeCount: number, edges: EdgeList, out: Uint8Array): Placed {
  const { source, target, count } = edges
  const inDegree = new Uint32Array(nodeCount)
  // Counted two places further on: filling moves the starts by one.
  const start = new Uint32Array(nodeCount + 2)
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    inDegree[target[e]!]!++
    start[source[e]! + 2]!++
  }
  for (let v = 2; v <= nodeCount; v++) start[v + 1]! += start[v]!
  const successors = new Uint32Array(start[nodeCount + 1]!)
  for (let e = 0; e < count; e++) {
    if (out[e] === 0) successors[start[source[e]! + 1]!++] = target[e]!
  }
  const number = new Uint32Array(nodeCount).fill(UNPLACED)
  const loose = new Uint8Array(nodeCount)
  const queue = new Uint32Array(nodeCount)
  let tail = 0
  for (let v = 0; v < nodeCount; v++) {
    if (inDegree[v] !== 0) continue
    queue[tail++] = v
    loose[v] = 1
  }
  let head = 0
  for (; head < tail; head++) {
    const v = queue[head]!
    number[v] = head
    for (let i = start[v]!; i < start[v + 1]!; i++) {
      const w = successors[i]!
      if (--inDegree[w]! === 0) queue[tail++] = w
    }
  }
  return { number, placed: head, loose }
}

/** Nodes that lie on circles or between them: the unplaced ones, less those that lead to none. */
function circles(
  nodeCount: number,
  edges: EdgeList,
  out: Uint8Array,
  number: Uint32Array,
): Uint8Array {
  const circle = number.map((at) => (at === UNPLACED ? 1 : 0))
  const outDegree = new Uint32Array(nodeCount)
  const predecessors = new Map<number, number[]>()
  for (let e = 0; e < edges.count; e++) {
    const [source, target] = [edges.source[e]!, edges.target[e]!]
    if (out[e] === 1 || circle[source] === 0 || circle[target] === 0) continue
    outDegree[source]!++
    const known = predecessors.get(target)
    if (known === undefined) predecessors.set(target, [source])
    else known.push(source)
  }
  const ends: number[] = []
  for (let v = 0; v < nodeCount; v++) if (circle[v] === 1 && outDegree[v] === 0) ends.push(v)
  for (let v = ends.pop(); v !== undefined; v = ends.pop()) {
    circle[v] = 0
    for (const source of predecessors.get(v) ?? []) {
      if (--outDegree[source]! === 0) ends.push(source)
    }
  }
  return Uint8Array.from(circle)
}
