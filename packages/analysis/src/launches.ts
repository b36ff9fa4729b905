// What launching costs: time in the calls, time from call to start, and how much work is queued.
import type { KernelTrace } from '@flowsim/trace-schema'
import { bisectLeft } from 'd3-array'
import { columns, type StreamId } from './columns.js'
import { getOrAdd } from './get-or-add.js'
import { type Sample, summarize } from './statistics.js'

/** Launches made with one call of the runtime or driver. */
export interface LaunchApi {
  api: string
  /** Calls; a graph launch counts once. */
  calls: number
  /** Activities that the calls put on streams. */
  activities: number
  /** Duration of the calls in nanoseconds. */
  durationNs: Sample
}

/** Result of {@link launchStats}. Samples are nanoseconds. */
export interface LaunchStats {
  /** Calls that put activities on a stream. */
  calls: number
  /** Activities with a launch in the trace. */
  activities: number
  /** Activities without one: launched before the window, or not linked. */
  unlinked: number
  /** CPU time of a call. */
  callNs: Sample
  /** From the end of the call to the start of the activity; 0 where it started within the call. */
  delayNs: Sample
  /** From the start of the call to the start of the activity. */
  latencyNs: Sample
  /**
   * The same, only for activities whose stream was empty: what a launch costs with no queue. The first
   * of a stream does not count, since work from before the trace may have held it up.
   */
  emptyStreamLatencyNs: Sample
  /** Activities shorter than the call that launched them: the host cannot keep the device busy. */
  shorterThanCall: { count: number; sumNs: number }
  byApi: LaunchApi[]
}

/** A process or thread. */
type Id = number | string

/** Starts of the calls of a thread. Nearly all rise: a set of them all took a fortieth of the CPU of `analyze`. */
class Starts {
  readonly #rising: number[] = []
  readonly #others = new Set<number>()

  /** Whether a start was not there before. */
  add(startNs: number): boolean {
    const rising = this.#rising
    const last = rising[rising.length - 1]
    if (startNs === last) return false
    if (last === undefined || startNs > last) {
      rising.push(startNs)
      return true
    }
    if (this.#others.has(startNs) || rising[bisectLeft(rising, startNs)] === startNs) return false
    this.#others.add(startNs)
    return true
  }
}

/** CPU time of launches, delay until work starts, and activities too short to hide their launch. */
export function launchStats(trace: KernelTrace): LaunchStats {
  const table = columns(trace)
  const starts = new Map<string, Starts>()
  let [lastPid, lastTid]: [Id?, Id?] = []
  let ofThread = new Starts()
  const callNs: number[] = []
  const delayNs: number[] = []
  const latencyNs: number[] = []
  const emptyNs: number[] = []
  const apis = new Map<string, { calls: number[]; activities: number }>()
  const shorter = { count: 0, sumNs: 0 }
  const lastEnd = new Float64Array(table.lanes.length).fill(Infinity)
  for (let i = 0; i < table.count; i++) {
    const { launch } = trace.kernels[table.index[i]!]!
    const lane = table.lane[i]!
    const start = table.startNs[i]!
    const end = table.endNs[i]!
    if (launch) {
      const api = getOrAdd(apis, launch.api, () => ({ calls: [], activities: 0 }))
      api.activities++
      if (launch.pid !== lastPid || launch.tid !== lastTid) {
        ofThread = getOrAdd(starts, `${launch.pid}:${launch.tid}`, () => new Starts())
        lastPid = launch.pid
        lastTid = launch.tid
      }
      if (ofThread.add(launch.startNs)) {
        api.calls.push(launch.durationNs)
        callNs.push(launch.durationNs)
      }
      delayNs.push(Math.max(0, start - launch.startNs - launch.durationNs))
      latencyNs.push(start - launch.startNs)
      if (launch.startNs >= lastEnd[lane]!) emptyNs.push(start - launch.startNs)
      if (end - start < launch.durationNs) {
        shorter.count++
        shorter.sumNs += end - start
      }
    }
    lastEnd[lane] = lastEnd[lane] === Infinity ? end : Math.max(lastEnd[lane]!, end)
  }
  return {
    calls: callNs.length,
    activities: delayNs.length,
    unlinked: table.count - delayNs.length,
    callNs: summarize(callNs),
    delayNs: summarize(delayNs),
    latencyNs: summarize(latencyNs),
    emptyStreamLatencyNs: summarize(emptyNs),
    shorterThanCall: shorter,
    byApi: [...apis]
      .map(([api, { calls, activities }]) => ({
        api,
        calls: calls.length,
        activities,
        durationNs: summarize(calls),
      }))
      .sort((a, b) => b.durationNs.sum - a.durationNs.sum || (a.api < b.api ? -1 : 1)),
  }
}

/** Length of a stream's queue over time, as steps. */
export interface QueueLength extends StreamId {
  /** Times of the changes, ascending. */
  timeNs: Float64Array
  /** Length from each of those times on. */
  length: Uint32Array
  max: number
  /** Mean over time, from the first change to the last. */
  mean: number
  /** Share of that time in which the queue was empty, so that the stream could run dry. */
  emptyShare: number
}

/**
 * Length of each stream's queue over time. An activity joins the queue when its launch call starts and
 * leaves it when it starts to run, or, with `until: 'end'`, when it has run. Activities without a
 * launch are left out.
 */
export function queueLength(
  trace: KernelTrace,
  options: { until?: 'start' | 'end' } = {},
): QueueLength[] {
  const table = columns(trace)
  const joins = table.lanes.map((): number[] => [])
  const leaves = table.lanes.map((): number[] => [])
  for (let i = 0; i < table.count; i++) {
    const { launch } = trace.kernels[table.index[i]!]!
    if (!launch) continue
    const lane = table.lane[i]!
    const leave = options.until === 'end' ? table.endNs[i]! : table.startNs[i]!
    joins[lane]!.push(Math.min(launch.startNs, leave))
    leaves[lane]!.push(leave)
  }
  return table.lanes.map((lane, l) => ({ ...lane, ...steps(joins[l]!, leaves[l]!) }))
}

function steps(joins: number[], leaves: number[]): Omit<QueueLength, keyof StreamId> {
  const join = Float64Array.from(joins).sort()
  const leave = Float64Array.from(leaves).sort()
  const timeNs = new Float64Array(2 * join.length)
  const length = new Uint32Array(2 * join.length)
  let count = 0
  let now = 0
  let max = 0
  let area = 0
  let emptyNs = 0
  for (let j = 0, l = 0; l < leave.length; ) {
    const at = j < join.length && join[j]! <= leave[l]! ? join[j]! : leave[l]!
    if (count > 0) {
      area += now * (at - timeNs[count - 1]!)
      if (now === 0) emptyNs += at - timeNs[count - 1]!
    }
    while (j < join.length && join[j] === at) {
      now++
      j++
    }
    max = Math.max(max, now)
    while (l < leave.length && leave[l] === at) {
      now--
      l++
    }
    timeNs[count] = at
    length[count] = now
    count++
  }
  const span = count > 1 ? timeNs[count - 1]! - timeNs[0]! : 0
  return {
    timeNs: timeNs.slice(0, count),
    length: length.slice(0, count),
    max,
    mean: span > 0 ? area / span : 0,
    emptyShare: span > 0 ? emptyNs / span : 0,
  }
}
