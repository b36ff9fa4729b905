// A replay as a trace: kernels, launches, runtime calls and annotations at their replayed times.
import type { AnnotationSpan, HostCall, KernelEvent, KernelTrace } from '@flowsim/trace-schema'
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
    const { threads } = this.graph.calls
    const number = threads.findIndex(
      (each) => each.rank === this.of.rank && each.pid === pid && each.tid === tid,
    )
    // A thread without a call that launches or waits moves with the others.
    const map =
      number < 0 ? this.#ofAnyThread() : this.#ofCalls((c) => this.graph.calls.thread[c] === number)
    this.#threads.set(key, map)
    return map
  }

  #ofAnyThread(): TimeMap {
    this.#anyThread ??= this.#ofCalls(() => true)
    return this.#anyThread.isEmpty ? this.#ofAnyStream() : this.#anyThread
  }

  #ofCalls(includes: (c: number) => boolean): TimeMap {
    const { calls, callStartNode, callEndNode, ranks } = this.graph
    const { nodeNs } = this.result
    const last = ranks[ranks.indexOf(this.of) + 1]?.firstCall ?? calls.count
    const points = new Points(last - this.of.firstCall)
    for (let c = this.of.firstCall; c < last; c++) {
      if (!includes(c)) continue
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
    const own = this.#ofKernels(({ device, stream }) => device === pid && stream === tid)
    const map = own.isEmpty ? this.#ofAnyStream() : own
    this.#streams.set(key, map)
    return map
  }

  #ofAnyStream(): TimeMap {
    this.#anyStream ??= this.#ofKernels(() => true)
    return this.#anyStream
  }

  #ofKernels(includes: (kernel: KernelEvent) => boolean): TimeMap {
    const { graph, result } = this
    const { kernels } = this.of.trace
    const points = new Points(kernels.length)
    kernels.forEach((kernel, i) => {
      if (!includes(kernel)) return
      const k = this.of.firstKernel + i
      points.add(graph.startNs[k]!, result.startNs[k]!)
      points.add(
        graph.startNs[k]! + graph.durationNs[k]!,
        result.startNs[k]! + result.durationNs[k]!,
      )
    })
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
