// Calls that return when a device has done something: synchronisation, copies that block, frees, and
// launches that find the queue full. Their end waits for the kernels that they cover.
//
// A stream's synchronisation covers what was launched to it before the call; where the trace does not
// name the stream, it is the one that the thread launched to last, or, if that contradicts the times,
// another of its streams (counted as inferred). A device's covers all streams. An event's covers what the
// trace names; else only a wait that shows is followed: to the last kernel that ended inside of the call.
import { ALL_STREAMS, CallRole } from '@flowsim/trace-schema'
import { bisectRight, group, quantile } from 'd3-array'
import { EdgeKind } from '../graph.js'
import { CLOCK_TOLERANCE_NS, type RankBuild } from './rank-build.js'
import type { Lane } from './rank-side.js'
import { Samples } from './samples.js'
import type { Typical } from './typical.js'

/** A call that returns within this time after the end of a kernel can have waited for it. */
const WAKE_NS = 200_000
/** Kernels that may wait on a device before a launch blocks are about a thousand (HTA's queue length plots). */
const QUEUE_FULL = 512
/** A launch this many times longer than usual for its API was held up. */
const HELD_UP = 10
const HELD_UP_NS = 50_000

interface Wait {
  call: number
  kernel: number
}

export function addSyncs(build: RankBuild): void {
  const found = new Syncs(build)
  found.collect()
  found.emit()
}

class Syncs {
  readonly #waits: Wait[] = []
  readonly #lastLane: Int32Array
  readonly #threadLanes: Set<number>[]
  readonly #usualTimes = new Map<number, Typical>()
  /** Calls of each API; made when first asked for. */
  #byApi: ReadonlyMap<number, number[]> | undefined

  constructor(private readonly build: RankBuild) {
    const { threads } = build.side.calls
    this.#lastLane = new Int32Array(threads.length).fill(-1)
    this.#threadLanes = threads.map(() => new Set())
  }

  collect(): void {
    const { calls, lane } = this.build.side
    for (let c = 0; c < calls.count; c++) {
      const thread = calls.thread[c]!
      const k = calls.firstKernel[c]!
      if (k >= 0) {
        this.#lastLane[thread] = lane[k]!
        this.#threadLanes[thread]!.add(lane[k]!)
      }
      switch (calls.role[c] as CallRole) {
        case CallRole.SyncStream:
          this.#stream(c)
          break
        case CallRole.SyncDevice:
          for (const each of this.#lanesOf(c)) this.#covered(c, each)
          break
        case CallRole.SyncEvent:
          this.#event(c)
          break
        case CallRole.Free:
          this.#free(c)
          break
        case CallRole.Copy:
          this.#copy(c, k)
          break
        case CallRole.Launch:
        case CallRole.GraphLaunch:
          this.#queue(c, k)
          break
      }
    }
  }

  /** Edges, with the time between the end of a kernel and the return of the call that waited for it. */
  emit(): void {
    const { build } = this
    const { calls, endNs } = build.side
    const wakes: number[] = []
    for (const { call, kernel } of this.#waits) {
      if (endNs[kernel]! > calls.startNs[call]!) {
        build.waited[call] = 1
        wakes.push(Math.max(0, calls.endNs[call]! - endNs[kernel]!))
      }
    }
    const typical: Typical = {
      ns: wakes.length > 0 ? quantile(wakes, 0.25)! : 0,
      samples: wakes.length,
    }
    const cls = build.classes.get(EdgeKind.Sync, 'sync', typical.ns, typical.samples)
    for (const { call, kernel } of this.#waits) {
      build.mayWait[call] = 1
      const api = calls.api[call]!
      if (!build.callTimes.has(api)) build.callTimes.set(api, this.#callTime(api))
      build.edges.add(build.kernelEnd(kernel), build.callEnd(call), cls)
    }
  }

  /** Median CPU time of the calls of an API that did not wait, as far as is known; 0 where all did. */
  #callTime(api: number): Typical {
    const { side, waited } = this.build
    const times = new Samples()
    this.#byApi ??= group(side.calls.api.keys(), (c) => side.calls.api[c]!)
    for (const c of this.#byApi.get(api)!) {
      if (waited[c] === 0) times.add(side.calls.endNs[c]! - side.calls.startNs[c]!)
    }
    return { ns: times.count > 0 ? times.quantile(0.5) : 0, samples: times.count }
  }

  /** The same before all waits are known; launches that are held up are few. */
  #usualTime(api: number): Typical {
    const known = this.#usualTimes.get(api) ?? this.#callTime(api)
    this.#usualTimes.set(api, known)
    return known
  }

  #lanesOf(c: number): readonly Lane[] {
    const { lanes, calls } = this.build.side
    const last = this.#lastLane[calls.thread[c]!]!
    if (last < 0) return lanes
    const { device } = lanes[last]!
    return lanes.filter((lane) => lane.device === device)
  }

  /** Adds the wait of a call for what was launched to a lane; false where it cannot be. */
  #covered(c: number, lane: Lane, report = true): boolean {
    const { build } = this
    const { side } = build
    const { calls, endNs } = side
    const until = calls.endNs[c]! + CLOCK_TOLERANCE_NS
    const kernel = side.launchedBefore(lane, calls.startNs[c]!, until)
    if (kernel < 0) return true
    if (endNs[kernel]! <= until) {
      this.#waits.push({ call: c, kernel })
      return true
    }
    if (report) {
      build.fault(
        'sync_before_kernel',
        `a synchronising call at ${calls.startNs[c]!} ns ends ${endNs[kernel]! - calls.endNs[c]!} ns before ${build.describe(kernel)}, which it waits for; replayed without the wait`,
        [kernel],
      )
    }
    return false
  }

  #stream(c: number): void {
    const { build } = this
    const { calls, lanes } = build.side
    const stream = build.side.hostCall(c)?.stream ?? -1
    if (stream === ALL_STREAMS) {
      for (const lane of this.#lanesOf(c)) this.#covered(c, lane)
      return
    }
    if (stream >= 0) {
      for (const lane of this.#lanesOf(c)) if (lane.stream === stream) this.#covered(c, lane)
      return
    }
    if (!build.inference) {
      build.findings.unknownWaits++
      return
    }
    const last = this.#lastLane[calls.thread[c]!]!
    const candidates = [last, ...this.#threadLanes[calls.thread[c]!]!].filter((lane) => lane >= 0)
    if (candidates.some((lane) => this.#covered(c, lanes[lane]!, false))) {
      build.findings.inferredWaits++
    } else build.findings.unknownWaits++
  }

  #event(c: number): void {
    const { build } = this
    const { side } = build
    const recorded = side.hostCall(c)
    const stream = recorded?.waitsForStream ?? recorded?.stream ?? -1
    if (stream >= 0 && stream !== ALL_STREAMS) {
      // The event may have been recorded before the last launch, so a contradiction is not a fault.
      for (const lane of side.lanes) if (lane.stream === stream) this.#covered(c, lane, false)
      return
    }
    const kernel = build.inference ? this.#lastEndedInside(c) : -1
    if (kernel < 0) build.findings.unknownWaits++
    else {
      build.findings.inferredWaits++
      this.#waits.push({ call: c, kernel })
    }
  }

  /** The kernel that ended last within a call, shortly before it returned, launched before the call. */
  #lastEndedInside(c: number): number {
    const { side } = this.build
    const { calls, endNs } = side
    const from = Math.max(calls.startNs[c]!, calls.endNs[c]! - WAKE_NS)
    let best = -1
    for (const lane of side.lanes) {
      for (let i = side.startedBy(lane, calls.endNs[c]!); i >= 0; i--) {
        const end = lane.endNs[i]!
        if (end > calls.endNs[c]!) continue
        if (end > from && lane.launchedNs[i]! < calls.startNs[c]!) {
          if (best < 0 || end > endNs[best]!) best = lane.kernels[i]!
        }
        break
      }
    }
    return best
  }

  #free(c: number): void {
    const { side } = this.build
    const { calls, endNs } = side
    for (const lane of this.#lanesOf(c)) {
      const kernel = side.launchedBefore(lane, calls.startNs[c]!, calls.endNs[c]!)
      if (kernel < 0) continue
      const end = endNs[kernel]!
      if (end > calls.startNs[c]! && end <= calls.endNs[c]!) this.#waits.push({ call: c, kernel })
    }
  }

  /** A copy call that ended after its copy did waited for it: pageable memory, or a blocking API. */
  #copy(c: number, kernel: number): void {
    const { calls, endNs } = this.build.side
    if (kernel >= 0 && endNs[kernel]! <= calls.endNs[c]!) this.#waits.push({ call: c, kernel })
  }

  #queue(c: number, kernel: number): void {
    const { build } = this
    const { side } = build
    const { calls } = side
    if (kernel < 0 || !build.inference) return
    const ns = calls.endNs[c]! - calls.startNs[c]!
    if (ns < HELD_UP_NS || ns < HELD_UP * this.#usualTime(calls.api[c]!).ns) return
    const lane = side.lanes[side.lane[kernel]!]!
    const started = side.startedBy(lane, calls.startNs[c]!)
    if (side.place[kernel]! - started < QUEUE_FULL) return
    const place = bisectRight(lane.startNs, calls.endNs[c]!) - 1
    if (place <= started) return
    build.mayWait[c] = 1
    build.waited[c] = 1
    build.callTimes.set(calls.api[c]!, this.#usualTime(calls.api[c]!))
    build.findings.inferredWaits++
    const cls = build.classes.get(EdgeKind.Queue, 'full queue', 0)
    build.edges.add(build.kernelStart(lane.kernels[place]!), build.callEnd(c), cls)
  }
}
