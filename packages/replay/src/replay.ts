// Replay: the time of every node, in one pass over the edges.
import { meanBusyNs } from './busy.js'
import type { ReplayGraph } from './graph.js'
import { fillLags, type WhatIf } from './lags.js'
import { relax } from './relax.js'
import { sampleTotals, type TotalBounds, type UncertaintyOptions } from './uncertainty.js'

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
  /** Bounds of the totals; null without `p10Ns` and `p90Ns`. */
  bounds: TotalBounds | null
  /** Time in which a device runs at least one activity; the mean over devices. */
  busyNs: number
  /** Sum of the durations of GPU kernels: overlap counts twice; idle time, copies and fills not at all. */
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
 * @throws ReplayError `invalid_option` where an array does not fit the graph or holds what is not a duration
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
    if (graph.isTransfer[k] === 0) kernelSumNs += end - start
    if (start < firstStartNs) firstStartNs = start
    if (end > lastEndNs) lastEndNs = end
  }
  if (lastEndNs === -Infinity) firstStartNs = lastEndNs = 0
  return {
    endToEndNs: lastEndNs - firstStartNs,
    bounds: totalBounds(graph, options),
    busyNs: meanBusyNs(graph, startNs, durationNs),
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

function totalBounds(graph: ReplayGraph, options: ReplayOptions): TotalBounds | null {
  const { p10Ns, p90Ns } = options
  if (p10Ns === undefined || p90Ns === undefined) return null
  return sampleTotals(graph, { ...options, p10Ns, p90Ns })
}
