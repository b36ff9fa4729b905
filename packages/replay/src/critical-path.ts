// The chain of dependencies that decides when the last kernel ends, and how much later each kernel could be.
//
// The path is walked backwards from the last end over the edge that binds at each node. Its segments cover
// the time from the first start to the last end exactly once, so they add up to the end-to-end time. Where
// kernels overlap (programmatic dependent launch), time belongs to the one that ends later.
import { EdgeKind, type ReplayGraph } from './graph.js'
import type { ReplayResult } from './replay.js'

/** What the path goes through. */
export type PathKind =
  | 'computation'
  | 'communication'
  | 'memcpy'
  /** From the end of a launch call to the start of its kernel. */
  | 'launch'
  /** CPU time inside of runtime calls. */
  | 'call'
  /** The host between runtime calls. */
  | 'host'
  /** From the end of a kernel to the return of the call that waited for it. */
  | 'sync'
  /** From the end of what a kernel waited for on a device to its start. */
  | 'gap'
  /** What began before the trace did. */
  | 'before'

/** One stretch of the critical path. */
export interface PathSegment {
  kind: PathKind
  rank: number
  startNs: number
  durationNs: number
  /** Kernel that ran or, for `launch` and `gap`, that was held up; index into the graph's kernels. */
  kernel?: number
  /** Runtime call, for `call`, `launch` and `sync`. */
  api?: string
  /** A dependency that the trace does not name. */
  inferred?: true
}

/** Result of {@link criticalPath}. */
export interface CriticalPath {
  startNs: number
  /** The end-to-end time. */
  windowNs: number
  /** In order of time; they cover the window without a gap. */
  segments: PathSegment[]
  /** Nanoseconds by kind; they add up to `windowNs`. */
  kinds: Record<PathKind, number>
  /** Kernels on the path by name, longest first. */
  kernels: { name: string; count: number; ns: number }[]
}

export const PATH_KINDS: readonly PathKind[] = [
  'computation',
  'communication',
  'memcpy',
  'launch',
  'call',
  'host',
  'sync',
  'gap',
  'before',
]

const OF_EDGE: Record<Exclude<EdgeKind, EdgeKind.Kernel>, PathKind> = {
  [EdgeKind.Origin]: 'before',
  [EdgeKind.Stream]: 'gap',
  [EdgeKind.Overlap]: 'gap',
  [EdgeKind.Launch]: 'launch',
  [EdgeKind.LaunchInside]: 'launch',
  [EdgeKind.Call]: 'call',
  [EdgeKind.Host]: 'host',
  [EdgeKind.Handover]: 'host',
  [EdgeKind.Sync]: 'sync',
  [EdgeKind.Queue]: 'sync',
  [EdgeKind.Event]: 'gap',
  [EdgeKind.InferredEvent]: 'gap',
  [EdgeKind.Occupancy]: 'gap',
  [EdgeKind.Arrive]: 'communication',
  [EdgeKind.Transfer]: 'communication',
}

const INFERRED: ReadonlySet<EdgeKind> = new Set([
  EdgeKind.Handover,
  EdgeKind.Queue,
  EdgeKind.InferredEvent,
  EdgeKind.Occupancy,
])

/** The critical path of a replay. Linear in its length. */
export function criticalPath(graph: ReplayGraph, result: ReplayResult): CriticalPath {
  const segments: PathSegment[] = []
  walkPath(graph, result, (edge, target, startNs, endNs) => {
    segments.push(segmentOf(graph, edge, target, startNs, endNs))
  })
  segments.reverse()
  const kinds = Object.fromEntries(PATH_KINDS.map((kind) => [kind, 0])) as Record<PathKind, number>
  const kernels = new Map<string, { name: string; count: number; ns: number }>()
  for (const { kind, durationNs, kernel } of segments) {
    kinds[kind] += durationNs
    if (kernel === undefined || !RUNS.has(kind)) continue
    const { name } = graph.kernels[kernel]!
    const entry = kernels.get(name)
    if (entry === undefined) kernels.set(name, { name, count: 1, ns: durationNs })
    else {
      entry.count++
      entry.ns += durationNs
    }
  }
  return {
    startNs: result.firstStartNs,
    windowNs: result.endToEndNs,
    segments,
    kinds,
    kernels: [...kernels.values()].sort((a, b) => b.ns - a.ns || (a.name < b.name ? -1 : 1)),
  }
}

const RUNS: ReadonlySet<PathKind> = new Set(['computation', 'communication', 'memcpy'])

/**
 * Walks the path from its end to its start. `visit` gets each edge with its target and the part of the
 * window that it covers; parts of no length are left out.
 */
export function walkPath(
  graph: ReplayGraph,
  { nodeNs, lagNs, firstStartNs, lastEndNs, removed }: ReplayResult,
  visit: (edge: number, target: number, startNs: number, endNs: number) => void,
): void {
  const { edgeStart, edgeSource } = graph
  let v = -1
  for (let k = 0; k < graph.kernels.length && v < 0; k++) {
    const node = graph.kernelEndNode[k]!
    if (nodeNs[node] === lastEndNs && removed?.[k] !== 1) v = node
  }
  let at = lastEndNs
  while (v > 0 && at > firstStartNs) {
    let binding = -1
    let latest = -Infinity
    for (let e = edgeStart[v]!; e < edgeStart[v + 1]!; e++) {
      const ns = nodeNs[edgeSource[e]!]! + lagNs[e]!
      if (ns > latest) {
        latest = ns
        binding = e
      }
    }
    if (binding < 0) return
    const source = edgeSource[binding]!
    const from = Math.max(firstStartNs, nodeNs[source]!)
    if (from < at) {
      visit(binding, v, from, at)
      at = from
    }
    v = source
  }
}

/** The kind of an edge on the path. */
export function pathKind(graph: ReplayGraph, edge: number, target: number): PathKind {
  const { kind } = graph.classes[graph.edgeClass[edge]!]!
  if (kind !== EdgeKind.Kernel) return OF_EDGE[kind]
  const k = graph.nodeOwner[target]!
  if (graph.communicates[k] === 1) return 'communication'
  return graph.kernels[k]!.kind === 'memcpy' ? 'memcpy' : 'computation'
}

function segmentOf(
  graph: ReplayGraph,
  edge: number,
  target: number,
  startNs: number,
  endNs: number,
): PathSegment {
  const owner = graph.nodeOwner[target]!
  const kind = pathKind(graph, edge, target)
  const segment: PathSegment = { kind, rank: 0, startNs, durationNs: endNs - startNs }
  if (owner >= 0) {
    segment.kernel = owner
    segment.rank = graph.ranks[graph.kernelRank[owner]!]!.rank
    const call = graph.kernelCall[owner]!
    if (kind === 'launch' && call >= 0) segment.api = graph.calls.apis[graph.calls.api[call]!]!
  } else if (owner < -1) {
    const call = -2 - owner
    segment.rank = rankOfCall(graph, call)
    if (kind === 'call' || kind === 'sync') segment.api = graph.calls.apis[graph.calls.api[call]!]!
  } else {
    // All ranks have arrived: the last of them is the source of the edge.
    const last = graph.nodeOwner[graph.edgeSource[edge]!]!
    if (last >= 0) segment.rank = graph.ranks[graph.kernelRank[last]!]!.rank
  }
  if (INFERRED.has(graph.classes[graph.edgeClass[edge]!]!.kind)) segment.inferred = true
  return segment
}

function rankOfCall({ ranks }: ReplayGraph, call: number): number {
  return ranks.findLast(({ firstCall }) => firstCall <= call)!.rank
}

/**
 * How much later each kernel could end without making the whole later, in nanoseconds; 0 on the critical
 * path.
 */
export function slack(
  graph: ReplayGraph,
  { nodeNs, lagNs, lastEndNs }: ReplayResult,
): Float64Array {
  const { edgeStart, edgeSource, kernelEndNode } = graph
  const latest = new Float64Array(graph.nodeCount).fill(Infinity)
  for (let k = 0; k < kernelEndNode.length; k++) latest[kernelEndNode[k]!] = lastEndNs
  for (let v = graph.nodeCount - 1; v > 0; v--) {
    const by = latest[v]!
    for (let e = edgeStart[v]!; e < edgeStart[v + 1]!; e++) {
      const source = edgeSource[e]!
      const allowed = by - lagNs[e]!
      if (allowed < latest[source]!) latest[source] = allowed
    }
  }
  return Float64Array.from(kernelEndNode, (node) => latest[node]! - nodeNs[node]!)
}
