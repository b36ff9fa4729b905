// From kernel traces to what depends on what.
import { type MatchedCollective, matchCollectives } from '@flowsim/analysis'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { assemble } from './graph/assemble.js'
import { addMeeting } from './graph/collective-edges.js'
import { EdgeClasses, EdgeList } from './graph/edge-list.js'
import { addHostChain } from './graph/host-chain.js'
import { Interner } from './graph/interner.js'
import { orderNodes } from './graph/order.js'
import { Findings, kernelStartNode, RankBuild } from './graph/rank-build.js'
import { RankSide } from './graph/rank-side.js'
import { isTrace, rankedTraces } from './graph/ranked-traces.js'
import { addLaunchEdges, addStreamEdges } from './graph/stream-edges.js'
import { addSyncs } from './graph/syncs.js'
import { typicalLags } from './graph/typical.js'
import { explainLateStarts } from './graph/unexplained.js'
import { addEventWaits } from './graph/waits.js'
import { EdgeKind, type GraphRank, type ReplayGraph } from './graph.js'

/** How a graph is built. */
export interface BuildOptions {
  /** What the kernels of each trace do, one for each kernel. Default: as `classifyTrace` says. */
  operations?: readonly (readonly KernelOperation[])[]
  /** Rank of each trace. Default: as the traces say; else their order. */
  ranks?: readonly number[]
  /**
   * Look for waits that the trace does not name (events, streams, threads, occupancy). Default true;
   * what is found is counted in the report.
   */
  inference?: boolean
  /**
   * Ranks of the job. Those of which no trace is given are assumed symmetric: each is a copy of the
   * given rank before it, and the report says so. Groups of ranks that are further apart are laid out
   * evenly, as tensor, pipeline and data parallelism do. Without it, missing ranks are not modelled.
   */
  assumeSymmetric?: number
}

/**
 * Rebuilds what depends on what in a trace, or in the traces of several ranks as one system. Parse with
 * `hostCalls: true`: without the runtime calls, synchronisation and events are unknown. Time and memory
 * are linear in kernels and calls.
 *
 * Dependencies that cannot be (a kernel before its launch, a wait that ends too early, a circle) are left
 * out and listed in `report.faults`.
 *
 * @throws ReplayError `no_traces`, `duplicate_rank`, `invalid_trace` for times that are not numbers,
 *   `invalid_option` where `ranks` or `assumeSymmetric` does not fit the traces
 */
export function buildGraph(
  input: KernelTrace | readonly KernelTrace[],
  options: BuildOptions = {},
): ReplayGraph {
  const traces = isTrace(input) ? [input] : input
  const apis = new Interner()
  const sides = rankedTraces(traces, options).map((each) => new RankSide(each, apis))
  const meetings = alignRanks(sides)
  const kernelCount = sides.reduce((sum, { count }) => sum + count, 0)
  const callCount = sides.reduce((sum, { calls }) => sum + calls.count, 0)
  // Duration, stream and launch of a kernel, start and end of a call, and some waits.
  const edges = new EdgeList(
    3 * kernelCount + 2 * callCount + ((kernelCount + callCount) >> 4) + 64,
  )
  const classes = new EdgeClasses()
  const findings = new Findings()
  const shared = {
    edges,
    classes,
    typical: typicalLags(sides),
    findings,
    inference: options.inference ?? true,
  }
  const callBase = kernelStartNode(kernelCount)
  const meetingBase = callBase + 2 * callCount
  const nodeCount = meetingBase + meetings.length
  const timeNs = new Float64Array(nodeCount)
  const builds: RankBuild[] = []
  const ranks: GraphRank[] = []
  let firstKernel = 0
  let firstCall = 0
  for (const side of sides) {
    builds.push(new RankBuild(side, shared, firstKernel, callBase + 2 * firstCall))
    const { rank, trace, shiftNs, copyOf } = side
    ranks.push({ rank, trace, firstKernel, firstCall, shiftNs, copyOf })
    firstKernel += side.count
    firstCall += side.calls.count
  }
  for (const build of builds) measureNodes(build, timeNs)
  for (const build of builds) {
    addStreamEdges(build)
    addLaunchEdges(build)
    addEventWaits(build)
    addSyncs(build)
    if (shared.inference) explainLateStarts(build)
    addHostChain(build, apis.names)
  }
  const kernelMeeting = new Int32Array(kernelCount).fill(-1)
  const byRank = new Map(builds.map((build) => [build.side.rank, build]))
  let matched = 0
  meetings.forEach((meeting, m) => {
    const lastNs = addMeeting(byRank, meeting, meetingBase + m, (build, k) => {
      kernelMeeting[build.firstKernel + k] = m
    })
    if (Number.isNaN(lastNs)) return
    timeNs[meetingBase + m] = lastNs
    matched++
  })
  addDurations(builds, kernelMeeting)
  anchor(builds, edges, classes)
  const order = orderNodes({
    nodeCount,
    timeNs,
    edges,
    classes: classes.list,
    originClass: classes.get(EdgeKind.Origin, 'begin'),
    dropped: (source, target, kind) => reportCycle(builds, callBase, { source, target, kind }),
  })
  return assemble({
    sides,
    ranks,
    builds,
    apis,
    classes,
    findings,
    order,
    timeNs,
    kernelMeeting,
    meetings,
    matched,
    nodeCount,
    kernelCount,
    callBase,
    edges,
  })
}

/** A dependency that was left out because it closed a circle. */
function reportCycle(
  builds: readonly RankBuild[],
  callBase: number,
  { source, target, kind }: { source: number; target: number; kind: EdgeKind },
): void {
  const kernels = [source, target].flatMap((node) =>
    node > 0 && node < callBase ? [Math.floor((node - 1) / 2)] : [],
  )
  const names = kernels.map((k) => {
    const build = builds.findLast(({ firstKernel }) => firstKernel <= k)!
    return build.describe(k - build.firstKernel)
  })
  builds[0]!.findings.fault(
    'cycle',
    `dependencies form a circle; replayed without "${EdgeKind[kind]}" of ${names.join(' and ') || 'two calls'}`,
    kernels,
  )
}

/** Puts all ranks on the clock of the first and finds the collectives that they share. */
function alignRanks(sides: readonly RankSide[]): MatchedCollective[] {
  if (sides.length === 1) return []
  const base = BigInt(sides[0]!.trace.baseTimeNs)
  for (const side of sides) side.shift(Number(BigInt(side.trace.baseTimeNs) - base))
  const { matched, clocks } = matchCollectives(sides)
  clocks.forEach(({ offsetNs }, r) => {
    if (offsetNs !== 0) sides[r]!.shift(offsetNs)
  })
  return matched
}

function measureNodes(build: RankBuild, timeNs: Float64Array): void {
  const { side } = build
  for (let k = 0; k < side.count; k++) {
    timeNs[build.kernelStart(k)] = side.startNs[k]!
    timeNs[build.kernelEnd(k)] = side.endNs[k]!
  }
  for (let c = 0; c < side.calls.count; c++) {
    timeNs[build.callStart(c)] = side.calls.startNs[c]!
    timeNs[build.callEnd(c)] = side.calls.endNs[c]!
  }
  for (const k of side.negative) {
    build.fault(
      'negative_duration',
      `${build.describe(k)} ends before it starts; replayed with no duration`,
      [k],
    )
  }
}

/** Start → end of each kernel that meets no other rank. */
function addDurations(builds: readonly RankBuild[], kernelMeeting: Int32Array): void {
  for (const build of builds) {
    const cls = build.classes.get(EdgeKind.Kernel, 'kernel')
    for (let k = 0; k < build.side.count; k++) {
      if (kernelMeeting[build.firstKernel + k]! >= 0) continue
      build.edges.add(build.kernelStart(k), build.kernelEnd(k), cls)
    }
  }
}

/** Holds what nothing else explains at its measured time. */
function anchor(builds: readonly RankBuild[], edges: EdgeList, classes: EdgeClasses): void {
  const cls = classes.get(EdgeKind.Origin, 'begin')
  for (const build of builds) {
    const { side, readyNs } = build
    for (let k = 0; k < side.count; k++) {
      if (readyNs[k] === -Infinity) edges.add(0, build.kernelStart(k), cls)
    }
  }
}
