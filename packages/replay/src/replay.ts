// Replay: the time of every node, in one pass over the edges.
import { unionNs } from '@flowsim/analysis'
import type { ReplayGraph } from './graph.js'
import { fillLags, type WhatIf } from './lags.js'
import { relax } from './relax.js'
import { type Quantiles, sampleEndToEnd, type UncertaintyOptions } from './uncertainty.js'

/** What to replay: a what-if, and what is known of its uncertainty. */
export interface ReplayOptions extends WhatIf, UncertaintyOptions {
  /** Duration that one run in ten stays below, for each kernel. With `p90Ns`: bounds for the end to end. */
  p10Ns?: ArrayLike<number>
  /** Duration that one run in ten exceeds, for each kernel. */
  p90Ns?: ArrayLike<number>
  /**
   * A result of the same graph that is no longer needed: its arrays are written over. Of many what-ifs
   * in a row, each then takes no new memory.
   */
  reuse?: ReplayResult
}

/** Times of a replay, in nanoseconds on the graph's clock. */
export interface ReplayResult {
  /** From the start of the first kernel to the end of the last, over all ranks. */
  endToEndNs: number
  /** Present with `p10Ns` and `p90Ns`. */
  endToEndP10Ns: number | null
  endToEndP90Ns: number | null
  /** Time in which a device runs at least one kernel; the mean over devices. */
  busyNs: number
  /** Sum of all durations: overlap counts twice, idle time not at all. */
  kernelSumNs: number
  firstStartNs: number
  lastEndNs: number
  /** Of each kernel of the graph. */
  startNs: Float64Array
  durationNs: Float64Array
  /** 1 for kernels that were removed. */
  removed: Uint8Array | null
  /** Time of each node and lag of each edge, for `criticalPath`, `slack` and `timeline`. */
  nodeNs: Float64Array
  lagNs: Float64Array
}

/**
 * Replays a graph, with the measured times or with others. Linear in edges: some tens of nanoseconds a
 * kernel.
 *
 * @throws ReplayError `invalid_option` where an array does not fit the graph or holds what is no duration
 */
export function replay(graph: ReplayGraph, options: ReplayOptions = {}): ReplayResult {
  const { reuse } = options
  const count = graph.kernels.length
  const lagNs = column(reuse?.lagNs, graph.edgeCount)
  fillLags(graph, options, lagNs)
  const nodeNs = column(reuse?.nodeNs, graph.nodeCount)
  relax(graph, lagNs, nodeNs)
  const removed = options.removed ?? null
  const startNs = column(reuse?.startNs, count)
  const durationNs = column(reuse?.durationNs, count)
  let firstStartNs = Infinity
  let lastEndNs = -Infinity
  let kernelSumNs = 0
  for (let k = 0; k < count; k++) {
    const start = nodeNs[graph.kernelStartNode[k]!]!
    const end = nodeNs[graph.kernelEndNode[k]!]!
    startNs[k] = start
    durationNs[k] = end - start
    if (removed !== null && removed[k] === 1) continue
    kernelSumNs += end - start
    if (start < firstStartNs) firstStartNs = start
    if (end > lastEndNs) lastEndNs = end
  }
  if (lastEndNs === -Infinity) firstStartNs = lastEndNs = 0
  const bounds = quantiles(graph, options)
  return {
    endToEndNs: lastEndNs - firstStartNs,
    endToEndP10Ns: bounds?.p10Ns ?? null,
    endToEndP90Ns: bounds?.p90Ns ?? null,
    busyNs: busyNs(graph, startNs, durationNs),
    kernelSumNs,
    firstStartNs,
    lastEndNs,
    startNs,
    durationNs,
    removed,
    nodeNs,
    lagNs,
  }
}

function column(reused: Float64Array | undefined, length: number): Float64Array {
  return reused?.length === length ? reused : new Float64Array(length)
}

function quantiles(graph: ReplayGraph, options: ReplayOptions): Quantiles | undefined {
  const { p10Ns, p90Ns } = options
  if (p10Ns === undefined || p90Ns === undefined) return undefined
  return sampleEndToEnd(graph, { ...options, p10Ns, p90Ns })
}

/** Busy time of each device (a pair of rank and device), in the order of `kernelDevice`. */
export function deviceBusyNs(
  graph: ReplayGraph,
  startNs: Float64Array,
  durationNs: Float64Array,
): number[] {
  const { kernelDevice, deviceCount } = graph
  if (deviceCount === 1) return [unionNs(startNs, durationNs)]
  return Array.from({ length: deviceCount }, (_, device) =>
    unionNs(startNs, durationNs, (k) => kernelDevice[k] === device),
  )
}

function busyNs(graph: ReplayGraph, startNs: Float64Array, durationNs: Float64Array): number {
  const devices = deviceBusyNs(graph, startNs, durationNs)
  return devices.reduce((a, b) => a + b, 0) / Math.max(1, devices.length)
}
