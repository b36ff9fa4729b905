// Waits of streams for events: a kernel of one stream starts after the end of a kernel of another.
//
// Where the trace records the streams (CUPTI's synchronisation records), the next kernel launched on the
// waiting stream waits for the last one launched on the other before the event was recorded. Where it
// records only that cudaStreamWaitEvent was called, the wait is taken to be for the stream that the thread
// launches to next, and for the stream that the thread of the latest cudaEventRecord had launched to last;
// if that is the same stream or contradicts the times, for the last kernel of another stream that had
// ended. Such edges are counted as inferred.
import { CallRole, putsWork } from '@flowsim/trace-schema'
import { bisectLeft } from 'd3-array'
import { CLOCK_TOLERANCE_NS, type RankBuild } from './rank-build.js'
import type { Lane } from './rank-side.js'

/**
 * NCCL orders its own streams around a launch by a record and a wait right after it (ncclStrongStream);
 * its wait follows the launch within this time.
 */
const LIBRARY_WAIT_NS = 20_000
/** How many kernels back an inferred wait looks for one that had ended. */
const LOOK_BACK = 64

export function addEventWaits(build: RankBuild): void {
  const waits = new EventWaits(build)
  const { threads } = build.side.calls
  for (let t = 0; t < threads.length; t++) waits.addThread(t)
}

class EventWaits {
  readonly #records: Float64Array
  readonly #recordLanes: Int32Array
  /** Start of the call with a correlation, for records. */
  readonly #recordedNs = new Map<number, number>()

  constructor(private readonly build: RankBuild) {
    const { calls, lane } = build.side
    const times: number[] = []
    const lanes: number[] = []
    const lastLane = new Int32Array(calls.threads.length).fill(-1)
    for (let c = 0; c < calls.count; c++) {
      const thread = calls.thread[c]!
      if (calls.role[c] === CallRole.RecordEvent) {
        times.push(calls.startNs[c]!)
        lanes.push(lastLane[thread]!)
        const correlation = build.side.hostCall(c)?.correlation
        if (correlation !== undefined) this.#recordedNs.set(correlation, calls.startNs[c]!)
      } else if (calls.firstKernel[c]! >= 0) {
        lastLane[thread] = lane[calls.firstKernel[c]!]!
      }
    }
    this.#records = Float64Array.from(times)
    this.#recordLanes = Int32Array.from(lanes)
  }

  addThread(thread: number): void {
    const { calls, communicates } = this.build.side
    let pending: number[] = []
    let lastLaunch = -1
    for (let i = calls.threadStart[thread]!; i < calls.threadStart[thread + 1]!; i++) {
      const c = calls.byThread[i]!
      const role: CallRole = calls.role[c]!
      if (role === CallRole.WaitEvent) {
        const { stream, waitsForStream, waitsForCorrelation } = this.build.side.hostCall(c) ?? {}
        if (stream !== undefined && waitsForStream !== undefined) {
          const recordedNs = this.#recordedNs.get(waitsForCorrelation ?? -1) ?? calls.startNs[c]!
          this.#recorded(c, stream, waitsForStream, recordedNs)
        } else if (this.build.inference) {
          const isLibrarys =
            pending.length === 0 &&
            lastLaunch >= 0 &&
            communicates[calls.firstKernel[lastLaunch]!] === 1 &&
            calls.startNs[c]! - calls.endNs[lastLaunch]! < LIBRARY_WAIT_NS
          if (isLibrarys) lastLaunch = -1
          else pending.push(c)
        } else this.build.findings.unknownWaits++
      } else if (putsWork(role) && calls.firstKernel[c]! >= 0) {
        this.#inferred(pending, c)
        pending = []
        lastLaunch = c
      }
    }
    this.build.findings.unknownWaits += pending.length
  }

  #recorded(c: number, stream: number, waitsForStream: number, recordedNs: number): void {
    const { build } = this
    const { side } = build
    const { calls } = side
    const targets = side.lanes.filter((lane) => lane.stream === stream)
    const sources = side.lanes.filter((lane) => lane.stream === waitsForStream)
    for (const target of targets) {
      const k = side.launchedAfter(target, calls.startNs[c]!)
      if (k < 0) continue
      for (const source of sources) {
        if (source.device !== target.device && sources.length > 1) continue
        const from = side.launchedBefore(source, recordedNs, side.startNs[k]!)
        if (from < 0 || from === k) continue
        if (side.endNs[from]! > side.startNs[k]! + CLOCK_TOLERANCE_NS) {
          build.fault(
            'event_before_kernel',
            `${build.describe(k)} waits for an event after ${build.describe(from)} but starts ${side.endNs[from]! - side.startNs[k]!} ns before its end; replayed without the wait`,
            [from, k],
          )
        } else {
          build.delay(k, build.kernelEnd(from), side.endNs[from]!, build.eventClass(false))
        }
      }
    }
  }

  /** The waits that a thread made since its last launch, at its next launch. */
  #inferred(pending: readonly number[], launch: number): void {
    const { build } = this
    const { side } = build
    const { calls } = side
    const k = calls.firstKernel[launch]!
    const target = side.lanes[side.lane[k]!]!
    const used = new Set<number>()
    for (const wait of pending) {
      const from = this.#latestRecord(wait, target, k) ?? this.#lastEnded(wait, target, k)
      if (from === undefined) {
        build.findings.unknownWaits++
      } else if (!used.has(from)) {
        used.add(from)
        build.findings.inferredWaits++
        build.delay(k, build.kernelEnd(from), side.endNs[from]!, build.eventClass(true))
      }
    }
  }

  #latestRecord(wait: number, target: Lane, k: number): number | undefined {
    const { side } = this.build
    const record = bisectLeft(this.#records, side.calls.startNs[wait]!) - 1
    const lane = record < 0 ? -1 : this.#recordLanes[record]!
    if (lane < 0 || side.lanes[lane] === target) return undefined
    const from = side.launchedBefore(side.lanes[lane]!, this.#records[record]!)
    return from >= 0 && side.endNs[from]! <= side.startNs[k]! ? from : undefined
  }

  #lastEnded(wait: number, target: Lane, k: number): number | undefined {
    const { side } = this.build
    const start = side.startNs[k]!
    let best: number | undefined
    for (const lane of side.lanes) {
      if (lane === target || lane.device !== target.device) continue
      const last = side.launchedBefore(lane, side.calls.startNs[wait]!)
      if (last < 0) continue
      for (let i = side.place[last]!; i >= 0 && i > side.place[last]! - LOOK_BACK; i--) {
        if (lane.endNs[i]! > start) continue
        if (best === undefined || lane.endNs[i]! > side.endNs[best]!) best = lane.kernels[i]!
        break
      }
    }
    return best
  }
}
