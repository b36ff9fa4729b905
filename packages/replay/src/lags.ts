// The lag of every edge under what is to be changed.
import { ReplayError } from './errors.js'
import { EdgeKind, type ReplayGraph } from './graph.js'

/** What differs from the measured run. Arrays hold one entry for each kernel or call of the graph. */
export interface WhatIf {
  /**
   * Duration of each kernel in nanoseconds. In a collective that was matched across ranks it is the
   * transfer once all ranks have arrived, and the smallest of its ranks counts.
   */
  durationsNs?: ArrayLike<number>
  /** 1 for kernels that are not run: no duration, no gap, no launch. */
  removed?: Uint8Array
  /** Factor on the CPU time of each call. */
  callScale?: Float32Array
  /** Factor on the host's work before each call. */
  hostScale?: Float32Array
  /**
   * `measured` (the default) keeps what made up the measured times where it binds. `typical` takes the
   * usual launch latencies and gaps everywhere: what the graph alone explains.
   */
  lags?: 'measured' | 'typical'
}

/** Fills `lags` (one entry for each edge) for a what-if. */
export function fillLags(graph: ReplayGraph, whatIf: WhatIf, lags: Float64Array): void {
  if (whatIf.lags === 'typical') typicalLags(graph, lags)
  else lags.set(graph.edgeLagNs)
  if (whatIf.durationsNs !== undefined) setDurations(graph, whatIf.durationsNs, lags)
  if (whatIf.callScale !== undefined || whatIf.hostScale !== undefined) {
    scaleHost(graph, whatIf, lags)
  }
  if (whatIf.removed !== undefined) removeKernels(graph, whatIf.removed, lags)
}

function typicalLags({ classes, edgeClass, edgeLagNs }: ReplayGraph, lags: Float64Array): void {
  const typical = Float64Array.from(classes, ({ typicalNs }) => typicalNs)
  for (let e = 0; e < lags.length; e++) {
    const usual = typical[edgeClass[e]!]!
    lags[e] = Number.isNaN(usual) ? edgeLagNs[e]! : usual
  }
}

function checkLength(values: ArrayLike<number>, name: string, count: number, of: string): void {
  if (values.length === count) return
  throw new ReplayError(
    'invalid_option',
    `${name}: ${values.length} values for ${count} ${of}s; pass one for each ${of} of the graph`,
  )
}

/** A duration that can be: numbers below 0 and NaN are refused. */
function checkDuration(graph: ReplayGraph, ns: number, kernel: number): number {
  if (ns >= 0 && ns < Infinity) return ns
  throw new ReplayError(
    'invalid_option',
    `durationsNs[${kernel}]: ${ns} is not a duration ("${graph.kernels[kernel]!.name.slice(0, 60)}"); pass nanoseconds from 0 up`,
  )
}

function setDurations(
  graph: ReplayGraph,
  durationsNs: ArrayLike<number>,
  lags: Float64Array,
): void {
  checkLength(durationsNs, 'durationsNs', graph.kernels.length, 'kernel')
  const { durationEdge, kernelMeeting } = graph
  const count = durationEdge.length
  for (let k = 0; k < count; k++) {
    const ns = checkDuration(graph, durationsNs[k]!, k)
    if (kernelMeeting[k]! < 0) lags[durationEdge[k]!] = ns
  }
  if (graph.meetingCount === 0) return
  // The change of the smallest duration is the change of the transfer.
  const before = new Float64Array(graph.meetingCount).fill(Infinity)
  const after = new Float64Array(graph.meetingCount).fill(Infinity)
  for (let k = 0; k < count; k++) {
    const m = kernelMeeting[k]!
    if (m < 0) continue
    before[m] = Math.min(before[m]!, graph.durationNs[k]!)
    after[m] = Math.min(after[m]!, durationsNs[k]!)
  }
  for (let k = 0; k < count; k++) {
    const m = kernelMeeting[k]!
    if (m < 0) continue
    const edge = durationEdge[k]!
    lags[edge] = Math.max(0, lags[edge]! + after[m]! - before[m]!)
  }
}

function scaleHost(graph: ReplayGraph, whatIf: WhatIf, lags: Float64Array): void {
  const { callScale, hostScale } = whatIf
  if (callScale !== undefined) checkLength(callScale, 'callScale', graph.calls.count, 'call')
  if (hostScale !== undefined) checkLength(hostScale, 'hostScale', graph.calls.count, 'call')
  const { nodeOwner, edgeStart, edgeClass, classes, kernelCall } = graph
  const kinds = Uint8Array.from(classes, ({ kind }) => kind)
  for (let v = 0; v < graph.nodeCount; v++) {
    const owner = nodeOwner[v]!
    if (owner === -1) continue
    for (let e = edgeStart[v]!; e < edgeStart[v + 1]!; e++) {
      switch (kinds[edgeClass[e]!]) {
        case EdgeKind.Call:
          if (callScale !== undefined) lags[e]! *= callScale[-2 - owner]!
          break
        case EdgeKind.LaunchInside:
          // The kernel began while the call still ran: the wait for it was part of the call.
          if (callScale !== undefined) lags[e]! *= callScale[kernelCall[owner]!]!
          break
        case EdgeKind.Host:
        case EdgeKind.Handover:
          if (hostScale !== undefined) lags[e]! *= hostScale[-2 - owner]!
          break
      }
    }
  }
}

function removeKernels(graph: ReplayGraph, removed: Uint8Array, lags: Float64Array): void {
  checkLength(removed, 'removed', graph.kernels.length, 'kernel')
  const { kernelStartNode, edgeStart, edgeClass, classes, durationEdge, kernelCall } = graph
  const kinds = Uint8Array.from(classes, ({ kind }) => kind)
  const keeps = new Uint8Array(graph.calls.count)
  for (let k = 0; k < removed.length; k++) {
    if (removed[k] === 0 && kernelCall[k]! >= 0) keeps[kernelCall[k]!] = 1
  }
  for (let k = 0; k < removed.length; k++) {
    if (removed[k] === 0) continue
    const v = kernelStartNode[k]!
    for (let e = edgeStart[v]!; e < edgeStart[v + 1]!; e++) {
      const kind = kinds[edgeClass[e]!]!
      // It waits for no launch, and passes on what its stream and events wait for.
      if (kind === EdgeKind.Launch || kind === EdgeKind.LaunchInside) lags[e] = -Infinity
      else if (kind !== EdgeKind.Origin && lags[e]! > 0) lags[e] = 0
    }
    lags[durationEdge[k]!] = 0
    const call = kernelCall[k]!
    if (call >= 0 && keeps[call] === 0) removeCall(graph, call, lags)
  }
}

function removeCall(graph: ReplayGraph, call: number, lags: Float64Array): void {
  const v = graph.callEndNode[call]!
  for (let e = graph.edgeStart[v]!; e < graph.edgeStart[v + 1]!; e++) {
    if (graph.classes[graph.edgeClass[e]!]!.kind === EdgeKind.Call) lags[e] = 0
  }
}
