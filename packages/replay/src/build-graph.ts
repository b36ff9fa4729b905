// From kernel traces to what depends on what.
import type { KernelTrace } from '@flowsim/trace-schema'
import { addMeeting } from './build/collective-edges.js'
import { clockOffsets, type Meeting, matchCollectives } from './build/collectives.js'
import { EdgeClasses, EdgeList } from './build/edge-list.js'
import { orderEdges } from './build/finish.js'
import { launches, synchronizes } from './build/host-apis.js'
import { addHostChain } from './build/host-chain.js'
import { Interner } from './build/interner.js'
import { Findings, kernelStartNode, RankBuild } from './build/rank-build.js'
import { RankSide } from './build/rank-side.js'
import { addLaunchEdges, addStreamEdges } from './build/stream-edges.js'
import { addSyncs } from './build/syncs.js'
import { typicalLags } from './build/typical.js'
import { explainLateStarts } from './build/unexplained.js'
import { addEventWaits } from './build/waits.js'
import { ReplayError } from './errors.js'
import { EdgeKind, type GraphCalls, type GraphRank, type ReplayGraph } from './graph.js'

/** How a graph is built. */
export interface BuildOptions {
  /** Rank of each trace. Default: as the traces say; else their order. */
  ranks?: readonly number[]
  /**
   * Look for waits that the trace does not name (events, streams, threads, occupancy). Default true;
   * what is found is counted in the report.
   */
  inference?: boolean
}

/**
 * Rebuilds what depends on what in a trace, or in the traces of several ranks as one system. Parse with
 * `hostCalls: true`: without the runtime calls, synchronisation and events are unknown. Time and memory
 * are linear in kernels and calls.
 *
 * Dependencies that cannot be (a kernel before its launch, a wait that ends too early, a circle) are left
 * out and listed in `report.faults`.
 *
 * @throws ReplayError `no_traces`, `duplicate_rank`, `invalid_trace` for times that are no numbers,
 *   `invalid_option` where `ranks` does not fit the traces
 */
export function buildGraph(
  input: KernelTrace | readonly KernelTrace[],
  options: BuildOptions = {},
): ReplayGraph {
  const traces = isTrace(input) ? [input] : input
  const apis = new Interner()
  const sides = rankedTraces(traces, options).map(
    ({ rank, trace }) => new RankSide(rank, trace, apis),
  )
  const meetings = alignRanks(sides)
  const typical = typicalLags(sides)
  const kernelCount = sides.reduce((sum, { count }) => sum + count, 0)
  const callCount = sides.reduce((sum, { calls }) => sum + calls.count, 0)
  const edges = new EdgeList(3 * kernelCount + 2 * callCount + 64)
  const classes = new EdgeClasses()
  const findings = new Findings()
  const callBase = kernelStartNode(kernelCount)
  const meetingBase = callBase + 2 * callCount
  const nodeCount = meetingBase + meetings.length
  const timeNs = new Float64Array(nodeCount)
  const builds: RankBuild[] = []
  const ranks: GraphRank[] = []
  let firstKernel = 0
  let firstCall = 0
  for (const side of sides) {
    builds.push(
      new RankBuild(
        side,
        edges,
        classes,
        typical,
        findings,
        firstKernel,
        callBase + 2 * firstCall,
        options.inference ?? true,
      ),
    )
    const { rank, trace, shiftNs } = side
    ranks.push({ rank, trace, firstKernel, firstCall, shiftNs })
    firstKernel += side.count
    firstCall += side.calls.count
  }
  for (const build of builds) measureNodes(build, timeNs)
  for (const build of builds) {
    addStreamEdges(build)
    addLaunchEdges(build)
    addEventWaits(build)
    addSyncs(build)
    if (options.inference ?? true) explainLateStarts(build)
    addHostChain(build, apis.names)
  }
  const kernelMeeting = new Int32Array(kernelCount).fill(-1)
  let matched = 0
  meetings.forEach((meeting, m) => {
    const lastNs = addMeeting(builds, meeting, meetingBase + m, (r, k) => {
      kernelMeeting[builds[r]!.firstKernel + k] = m
    })
    if (Number.isNaN(lastNs)) return
    timeNs[meetingBase + m] = lastNs
    matched++
  })
  const durations = addDurations(builds, kernelMeeting)
  anchor(builds, edges, classes)
  const origin = classes.get(EdgeKind.Origin, 'begin')
  const ordered = orderEdges(
    nodeCount,
    timeNs,
    edges,
    classes.list,
    origin,
    (source, target, kind) => {
      const kernels = [source, target].flatMap((node) =>
        node > 0 && node < callBase ? [Math.floor((node - 1) / 2)] : [],
      )
      const names = kernels.map((k) => builds.findLast((b) => b.firstKernel <= k)!)
      findings.fault(
        'cycle',
        `dependencies form a circle; replayed without "${EdgeKind[kind]}" of ${kernels.map((k, i) => names[i]!.describe(k - names[i]!.firstKernel)).join(' and ') || 'two calls'}`,
        kernels,
      )
    },
  )
  return assemble({
    sides,
    ranks,
    builds,
    apis,
    classes,
    findings,
    ordered,
    durations,
    kernelMeeting,
    meetings,
    matched,
    nodeCount,
    kernelCount,
    callBase,
    edges,
  })
}

function isTrace(input: KernelTrace | readonly KernelTrace[]): input is KernelTrace {
  return !Array.isArray(input)
}

function rankedTraces(
  traces: readonly KernelTrace[],
  options: BuildOptions,
): { rank: number; trace: KernelTrace }[] {
  if (traces.length === 0) throw new ReplayError('no_traces', 'no traces; pass at least one')
  if (options.ranks !== undefined && options.ranks.length !== traces.length) {
    throw new ReplayError(
      'invalid_option',
      `ranks: ${options.ranks.length} ranks for ${traces.length} traces; name one for each`,
    )
  }
  const known = traces.map(({ rank }) => rank)
  const ranks =
    options.ranks ??
    (known.every((rank): rank is number => rank !== null) ? known : traces.map((_, i) => i))
  const seen = new Map<number, string>()
  ranks.forEach((rank, i) => {
    const other = seen.get(rank)
    if (other !== undefined) {
      throw new ReplayError(
        'duplicate_rank',
        `${traces[i]!.source}: rank ${rank} is also that of ${other}; pass \`ranks\``,
      )
    }
    seen.set(rank, traces[i]!.source)
  })
  return traces.map((trace, i) => ({ rank: ranks[i]!, trace })).sort((a, b) => a.rank - b.rank)
}

/** Puts all ranks on the clock of the first and finds the collectives that they share. */
function alignRanks(sides: readonly RankSide[]): Meeting[] {
  if (sides.length === 1) return []
  const base = BigInt(sides[0]!.trace.baseTimeNs)
  for (const side of sides) side.shift(Number(BigInt(side.trace.baseTimeNs) - base))
  const meetings = matchCollectives(sides)
  clockOffsets(sides, meetings).forEach((offset, r) => {
    if (offset !== 0) sides[r]!.shift(offset)
  })
  return meetings
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

/** Start → end of each kernel that meets no other rank. Index of the edge of each, or −1. */
function addDurations(builds: readonly RankBuild[], kernelMeeting: Int32Array): Int32Array {
  const durations = new Int32Array(kernelMeeting.length).fill(-1)
  for (const build of builds) {
    const cls = build.classes.get(EdgeKind.Kernel, 'kernel')
    for (let k = 0; k < build.side.count; k++) {
      const g = build.firstKernel + k
      if (kernelMeeting[g]! >= 0) continue
      durations[g] = build.edges.add(build.kernelStart(k), build.kernelEnd(k), cls)
    }
  }
  return durations
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

interface Parts {
  sides: readonly RankSide[]
  ranks: GraphRank[]
  builds: readonly RankBuild[]
  apis: Interner
  classes: EdgeClasses
  findings: Findings
  ordered: ReturnType<typeof orderEdges>
  durations: Int32Array
  kernelMeeting: Int32Array
  meetings: readonly Meeting[]
  matched: number
  nodeCount: number
  kernelCount: number
  callBase: number
  edges: EdgeList
}

function assemble(parts: Parts): ReplayGraph {
  const { sides, ordered, kernelCount, nodeCount, callBase, edges, classes } = parts
  const { position, edgeIndex } = ordered
  const callCount = sides.reduce((sum, { calls }) => sum + calls.count, 0)
  const kernelStart = new Uint32Array(kernelCount)
  const kernelEnd = new Uint32Array(kernelCount)
  const durationEdge = new Uint32Array(kernelCount)
  const nodeOwner = new Int32Array(nodeCount).fill(-1)
  for (let k = 0; k < kernelCount; k++) {
    kernelStart[k] = position[kernelStartNode(k)]!
    kernelEnd[k] = position[kernelStartNode(k) + 1]!
    nodeOwner[kernelStart[k]!] = k
    nodeOwner[kernelEnd[k]!] = k
    if (parts.durations[k]! >= 0) durationEdge[k] = edgeIndex[parts.durations[k]!]!
  }
  for (let e = 0; e < edges.count; e++) {
    if (classes.list[edges.cls[e]!]!.kind !== EdgeKind.Transfer) continue
    durationEdge[Math.floor((edges.target[e]! - 1) / 2)] = edgeIndex[e]!
  }
  const callStart = new Uint32Array(callCount)
  const callEnd = new Uint32Array(callCount)
  for (let c = 0; c < callCount; c++) {
    callStart[c] = position[callBase + 2 * c]!
    callEnd[c] = position[callBase + 2 * c + 1]!
    nodeOwner[callStart[c]!] = -2 - c
    nodeOwner[callEnd[c]!] = -2 - c
  }
  const graph = {
    ranks: parts.ranks,
    ...kernelColumns(parts),
    calls: callColumns(parts, callCount),
    nodeCount,
    edgeCount: ordered.edgeSource.length,
    kernelStartNode: kernelStart,
    kernelEndNode: kernelEnd,
    callStartNode: callStart,
    callEndNode: callEnd,
    nodeOwner,
    edgeStart: ordered.edgeStart,
    edgeSource: ordered.edgeSource,
    edgeLagNs: ordered.edgeLagNs,
    edgeClass: ordered.edgeClass,
    classes: classes.list,
    durationEdge,
    kernelMeeting: parts.kernelMeeting,
    meetingCount: parts.meetings.length,
  }
  return { ...graph, report: report(parts, ordered.edgeClass, graph.communicates) }
}

function kernelColumns({ sides, kernelCount, ranks }: Parts) {
  const columns = {
    kernels:
      sides.length === 1 ? sides[0]!.trace.kernels : sides.flatMap(({ trace }) => trace.kernels),
    kernelRank: new Uint16Array(kernelCount),
    kernelDevice: new Uint32Array(kernelCount),
    kernelLane: new Uint32Array(kernelCount),
    kernelCall: new Int32Array(kernelCount).fill(-1),
    communicates: new Uint8Array(kernelCount),
    startNs: new Float64Array(kernelCount),
    durationNs: new Float64Array(kernelCount),
    lanes: [] as { rank: number; device: number; stream: number }[],
  }
  const devices = new Map<string, number>()
  sides.forEach((side, r) => {
    const { firstKernel, firstCall } = ranks[r]!
    const firstLane = columns.lanes.length
    const deviceOf = side.lanes.map(({ device }) => {
      const key = `${r} ${device}`
      if (!devices.has(key)) devices.set(key, devices.size)
      return devices.get(key)!
    })
    for (const { device, stream } of side.lanes) {
      columns.lanes.push({ rank: side.rank, device, stream })
    }
    columns.communicates.set(side.communicates, firstKernel)
    columns.startNs.set(side.startNs, firstKernel)
    for (let k = 0; k < side.count; k++) {
      const g = firstKernel + k
      columns.kernelRank[g] = r
      columns.kernelDevice[g] = deviceOf[side.lane[k]!]!
      columns.kernelLane[g] = firstLane + side.lane[k]!
      columns.durationNs[g] = side.endNs[k]! - side.startNs[k]!
      if (side.calls.callOf[k]! >= 0) columns.kernelCall[g] = firstCall + side.calls.callOf[k]!
    }
  })
  return { ...columns, deviceCount: devices.size }
}

function callColumns({ sides, ranks, builds, apis }: Parts, count: number): GraphCalls {
  const columns: GraphCalls = {
    count,
    startNs: new Float64Array(count),
    endNs: new Float64Array(count),
    thread: new Uint32Array(count),
    threads: sides.flatMap(({ rank, calls }) => calls.threads.map((each) => ({ rank, ...each }))),
    api: new Uint16Array(count),
    apis: apis.names,
    launches: new Uint8Array(count),
    blocks: new Uint8Array(count),
    waited: new Uint8Array(count),
    hostCall: new Int32Array(count),
  }
  let firstThread = 0
  sides.forEach(({ calls }, r) => {
    const { firstCall } = ranks[r]!
    columns.startNs.set(calls.startNs, firstCall)
    columns.endNs.set(calls.endNs, firstCall)
    columns.api.set(calls.api, firstCall)
    columns.hostCall.set(calls.hostCall, firstCall)
    columns.waited.set(builds[r]!.waited, firstCall)
    for (let c = 0; c < calls.count; c++) {
      columns.thread[firstCall + c] = firstThread + calls.thread[c]!
      columns.launches[firstCall + c] = launches(calls.role[c]!) ? 1 : 0
      const blocks = synchronizes(calls.role[c]!) || builds[r]!.mayWait[c] === 1
      columns.blocks[firstCall + c] = blocks ? 1 : 0
    }
    firstThread += calls.threads.length
  })
  return columns
}

function report(
  { sides, findings, classes, matched, kernelCount, kernelMeeting }: Parts,
  edgeClass: Uint16Array,
  communicates: Uint8Array,
): ReplayGraph['report'] {
  const counts = new Uint32Array(classes.list.length)
  for (const cls of edgeClass) counts[cls]!++
  const names = Object.values(EdgeKind).filter((name) => typeof name === 'string')
  const edgesByKind = Object.fromEntries(names.map((name) => [name, 0])) as Record<
    keyof typeof EdgeKind,
    number
  >
  classes.list.forEach(({ kind }, cls) => {
    edgesByKind[EdgeKind[kind] as keyof typeof EdgeKind] += counts[cls]!
  })
  let unmatched = 0
  for (let k = 0; k < kernelCount; k++)
    if (communicates[k] === 1 && kernelMeeting[k]! < 0) unmatched++
  const assumptions: string[] = []
  if (sides.some(({ trace }) => trace.hostCalls === undefined)) {
    assumptions.push(
      'runtime calls were not kept: synchronisation and events are unknown, host gaps keep the waits inside of them (parse with hostCalls)',
    )
  }
  if (findings.unlinked > 0) {
    assumptions.push(
      `${findings.unlinked} kernels have no launch in the trace: they follow their stream with the measured gap`,
    )
  }
  if (unmatched > 0) {
    assumptions.push(
      `${unmatched} collectives of which other ranks are missing: those are taken to arrive together with the rank that is here`,
    )
  }
  if (findings.unknownWaits > 0) {
    assumptions.push(
      `${findings.unknownWaits} waits of which the trace does not tell what for: they hold nothing back`,
    )
  }
  return {
    kernels: kernelCount,
    calls: sides.reduce((sum, { calls }) => sum + calls.count, 0),
    edges: edgeClass.length,
    edgesByKind,
    unlinked: findings.unlinked,
    inferredWaits: findings.inferredWaits,
    unknownWaits: findings.unknownWaits,
    faultCount: findings.faultCount,
    faults: findings.faults,
    matchedCollectives: matched,
    unmatchedCollectives: unmatched,
    assumptions,
  }
}
