// Puts a graph together once its edges are known.
import type { MatchedCollective } from '@flowsim/analysis'
import { isKernel, putsWork, waitsForDevice } from '@flowsim/trace-schema'
import { EdgeKind, type GraphCalls, type GraphRank, type ReplayGraph } from '../graph.js'
import { edgesByTarget } from './by-target.js'
import type { EdgeClasses, EdgeList } from './edge-list.js'
import type { Interner } from './interner.js'
import type { NodeOrder } from './order.js'
import { type Findings, kernelStartNode, type RankBuild } from './rank-build.js'
import type { RankSide } from './rank-side.js'
import { report } from './report.js'

/** What a graph is put together from. */
export interface Parts {
  sides: readonly RankSide[]
  ranks: GraphRank[]
  builds: readonly RankBuild[]
  apis: Interner
  classes: EdgeClasses
  findings: Findings
  order: NodeOrder
  timeNs: Float64Array
  kernelMeeting: Int32Array
  meetings: readonly MatchedCollective[]
  matched: number
  nodeCount: number
  kernelCount: number
  callBase: number
  edges: EdgeList
}

/** The graph that users get: nodes by their final numbers, kernels and calls of all ranks in columns. */
export function assemble(parts: Parts): ReplayGraph {
  const { sides, order, kernelCount, nodeCount, callBase, edges, classes, timeNs } = parts
  const position = order.number
  const byTarget = edgesByTarget(edges, order, timeNs, classes.list)
  const callCount = sides.reduce((sum, { calls }) => sum + calls.count, 0)
  const kernelStart = new Uint32Array(kernelCount)
  const kernelEnd = new Uint32Array(kernelCount)
  const durationEdge = new Uint32Array(kernelCount)
  const nodeOwner = new Int32Array(nodeCount).fill(-1)
  const carries = Uint8Array.from(classes.list, ({ kind }) =>
    kind === EdgeKind.Kernel || kind === EdgeKind.Transfer ? 1 : 0,
  )
  for (let k = 0; k < kernelCount; k++) {
    const [start, end] = [position[kernelStartNode(k)]!, position[kernelStartNode(k) + 1]!]
    kernelStart[k] = start
    kernelEnd[k] = end
    nodeOwner[start] = k
    nodeOwner[end] = k
    let edge = byTarget.edgeStart[end]!
    while (carries[byTarget.edgeClass[edge]!] === 0) edge++
    durationEdge[k] = edge
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
    edgeCount: byTarget.edgeSource.length,
    kernelStartNode: kernelStart,
    kernelEndNode: kernelEnd,
    callStartNode: callStart,
    callEndNode: callEnd,
    nodeOwner,
    ...byTarget,
    classes: classes.list,
    durationEdge,
    kernelMeeting: parts.kernelMeeting,
    meetingCount: parts.meetings.length,
  }
  return { ...graph, report: report(parts, byTarget.edgeClass, graph) }
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
    isTransfer: new Uint8Array(kernelCount),
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
      columns.isTransfer[g] = isKernel(columns.kernels[g]!) ? 0 : 1
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
      columns.launches[firstCall + c] = putsWork(calls.role[c]!) ? 1 : 0
      const blocks = waitsForDevice(calls.role[c]!) || builds[r]!.mayWait[c] === 1
      columns.blocks[firstCall + c] = blocks ? 1 : 0
    }
    firstThread += calls.threads.length
  })
  return columns
}
