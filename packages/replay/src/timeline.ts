// A replay as a trace: kernels, launches, runtime calls and annotations at their replayed times.
import type { AnnotationSpan, HostCall, KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { group, range } from 'd3-array'
import { ReplayError } from './errors.js'
import type { GraphRank, ReplayGraph } from './graph.js'
import type { ReplayResult } from './replay.js'
import { TimeMap } from './time-map.js'

/**
 * The trace that a replay predicts, for `kinetoLines` of `@flowsim/parser` or `sideBySide`. Kernels that
 * were removed are left out. Calls and annotations that the graph does not hold move with what is around
 * them on their thread or stream. Times are rounded to nanoseconds and on the graph's clock, that of the
 * first rank, so timelines of several ranks lie beside each other.
 *
 * @param options.rank - rank whose trace is wanted; the first if absent
 * @throws ReplayError `invalid_option` for a rank that the graph does not have
 */
export function timeline(
  graph: ReplayGraph,
  result: ReplayResult,
  options: { rank?: number } = {},
): KernelTrace {
  const index =
    options.rank === undefined ? 0 : graph.ranks.findIndex(({ rank }) => rank === options.rank)
  const of = graph.ranks[index]
  if (of === undefined) {
    throw new ReplayError(
      'invalid_option',
      `rank: the graph has no rank ${options.rank}; it has ${graph.ranks.map(({ rank }) => rank).join(', ')}`,
    )
  }
  const maps = new Maps(graph, result, of)
  const { trace } = of
  const { producer, devices, worldSize, processGroups, eventCount } = trace
  return {
    schema: 'flowsim.kernel-trace/1',
    source: `${trace.source} (replayed)`,
    format: trace.format,
    producer,
    devices,
    rank: graph.ranks.length === 1 ? trace.rank : of.rank,
    worldSize,
    processGroups,
    baseTimeNs: graph.ranks[0]!.trace.baseTimeNs,
    window: null,
    eventCount,
    repairs: [],
    annotations: trace.annotations
      .map((span) => maps.annotation(span))
      .sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs),
    ...(trace.hostCalls === undefined
      ? {}
      : { hostCalls: trace.hostCalls.map((call) => maps.hostCall(call)).sort(byStart) }),
    kernels: kernelsOf(graph, result, of, maps),
  }
}

function kernelsOf(
  graph: ReplayGraph,
  { startNs, durationNs, removed }: ReplayResult,
  { trace, firstKernel }: GraphRank,
  maps: Maps,
): KernelEvent[] {
  const kernels: KernelEvent[] = []
  trace.kernels.forEach((kernel, i) => {
    const k = firstKernel + i
    if (removed?.[k] === 1) return
    const start = Math.round(startNs[k]!)
    const end = Math.round(startNs[k]! + durationNs[k]!)
    const moved: KernelEvent = { ...kernel, startNs: start, durationNs: end - start }
    const call = graph.kernelCall[k]!
    if (kernel.launch !== undefined && call >= 0) {
      moved.launch = { ...kernel.launch, ...maps.call(call) }
    }
    kernels.push(moved)
  })
  return kernels.sort(byStart)
}

function byStart(a: { startNs: number }, b: { startNs: number }): number {
  return a.startNs - b.startNs
}

interface Span {
  startNs: number
  durationNs: number
}

/** The replayed time of moments on the threads and streams of one rank; built when first asked for. */
class Maps {
  readonly #threads = new Map<string, TimeMap>()
  readonly #streams = new Map<string, TimeMap>()
  #anyThread: TimeMap | undefined
  #anyStream: TimeMap | undefined
  /** Calls of each thread and kernels of each stream, as indices of the graph; made when first asked for. */
  #callsOf: ReadonlyMap<string, readonly number[]> | undefined
  #kernelsOf: ReadonlyMap<string, readonly number[]> | undefined

  constructor(
    private readonly graph: ReplayGraph,
    private readonly result: ReplayResult,
    private readonly of: GraphRank,
  ) {}

  /** Replayed span of a call of the graph. */
  call(c: number): Span {
    const { nodeNs } = this.result
    const start = Math.round(nodeNs[this.graph.callStartNode[c]!]!)
    const end = Math.round(nodeNs[this.graph.callEndNode[c]!]!)
    return { startNs: start, durationNs: end - start }
  }

  hostCall(call: HostCall): HostCall {
    return { ...call, ...this.#moved(this.#thread(call.pid, call.tid), call) }
  }

  annotation(span: AnnotationSpan): AnnotationSpan {
    const map = span.on === 'device' ? this.#stream(span) : this.#thread(span.pid, span.tid)
    return { ...span, ...this.#moved(map, span) }
  }

  #moved(map: TimeMap, { startNs, durationNs }: Span): Span {
    const { shiftNs } = this.of
    const start = Math.round(map.at(startNs + shiftNs))
    const end = Math.round(map.at(startNs + durationNs + shiftNs))
    return { startNs: start, durationNs: Math.max(0, end - start) }
  }

  #thread(pid: number | string, tid: number | string): TimeMap {
    const key = `${pid} ${tid}`
    const known = this.#threads.get(key)
    if (known !== undefined) return known
    this.#callsOf ??= group(this.#calls(), (c) => {
      const { thread, threads } = this.graph.calls
      const of = threads[thread[c]!]!
      return `${of.pid} ${of.tid}`
    })
    const calls = this.#callsOf.get(key)
    // A thread without a call that launches or waits moves with the others.
    const map = calls === undefined ? this.#ofAnyThread() : this.#ofCalls(calls)
    this.#threads.set(key, map)
    return map
  }

  #ofAnyThread(): TimeMap {
    this.#anyThread ??= this.#ofCalls(this.#calls())
    return this.#anyThread.isEmpty ? this.#ofAnyStream() : this.#anyThread
  }

  /** All calls of the rank. */
  #calls(): number[] {
    const { calls, ranks } = this.graph
    const last = ranks[ranks.indexOf(this.of) + 1]?.firstCall ?? calls.count
    return range(this.of.firstCall, last)
  }

  #ofCalls(included: readonly number[]): TimeMap {
    const { calls, callStartNode, callEndNode } = this.graph
    const { nodeNs } = this.result
    const points = new Points(included.length)
    for (const c of included) {
      points.add(calls.startNs[c]!, nodeNs[callStartNode[c]!]!)
      points.add(calls.endNs[c]!, nodeNs[callEndNode[c]!]!)
    }
    return points.map()
  }

  /** Spans on a device stand under the device as process and the stream as thread. */
  #stream({ pid, tid }: AnnotationSpan): TimeMap {
    const key = `${pid} ${tid}`
    const known = this.#streams.get(key)
    if (known !== undefined) return known
    this.#kernelsOf ??= group(this.#kernels(), (k) => {
      const { device, stream } = this.graph.kernels[k]!
      return `${device} ${stream}`
    })
    const kernels = this.#kernelsOf.get(key)
    const map = kernels === undefined ? this.#ofAnyStream() : this.#ofKernels(kernels)
    this.#streams.set(key, map)
    return map
  }

  #ofAnyStream(): TimeMap {
    this.#anyStream ??= this.#ofKernels(this.#kernels())
    return this.#anyStream
  }

  /** All kernels of the rank. */
  #kernels(): number[] {
    const { firstKernel, trace } = this.of
    return range(firstKernel, firstKernel + trace.kernels.length)
  }

  #ofKernels(included: readonly number[]): TimeMap {
    const { graph, result } = this
    const points = new Points(included.length)
    for (const k of included) {
      points.add(graph.startNs[k]!, result.startNs[k]!)
      points.add(
        graph.startNs[k]! + graph.durationNs[k]!,
        result.startNs[k]! + result.durationNs[k]!,
      )
    }
    return points.map()
  }
}

/** Starts and ends of spans, measured and replayed. */
class Points {
  readonly #measuredNs: Float64Array
  readonly #replayedNs: Float64Array
  #count = 0

  /** @param spans - at most so many, each with two points */
  constructor(spans: number) {
    this.#measuredNs = new Float64Array(2 * spans)
    this.#replayedNs = new Float64Array(2 * spans)
  }

  add(measuredNs: number, replayedNs: number): void {
    this.#measuredNs[this.#count] = measuredNs
    this.#replayedNs[this.#count++] = replayedNs
  }

  map(): TimeMap {
    const count = this.#count
    return new TimeMap(this.#measuredNs.subarray(0, count), this.#replayedNs.subarray(0, count))
  }
}
