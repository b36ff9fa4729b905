// The times in which nothing ran, in typed arrays, each with the split of its cause.
import type {
  IdleSplit,
  KernelEvent,
  KernelLaunch,
  KernelTrace,
  TraceRepair,
} from '@flowsim/trace-schema'
import { bisectLeft, median } from 'd3-array'
import type { Columns } from './columns.js'

const SAMPLE = 50_000

/** Gaps in order of time; arrays may be longer than `count`. */
export interface Gaps {
  count: number
  startNs: Float64Array
  endNs: Float64Array
  /** The launch-bound part of a gap comes first and ends here. */
  launchEndNs: Float64Array
  /** 1 where the rest is dependency-bound, 0 where it is `other`. */
  dependent: Uint8Array
  /** Rows of the table that bound the gap. */
  before: Int32Array
  after: Int32Array
  /** Median time from launch to start on an empty stream. */
  latencyNs: number
}

/** Every time between the first start and the last end of the rows in which none of them ran. */
export function findGaps(trace: KernelTrace, table: Columns): Gaps {
  const latencyNs = launchLatencyNs(trace, table)
  const isIncomplete = lostBetween(trace)
  const startNs = new Float64Array(table.count)
  const endNs = new Float64Array(table.count)
  const launchEndNs = new Float64Array(table.count)
  const dependent = new Uint8Array(table.count)
  const before = new Int32Array(table.count)
  const after = new Int32Array(table.count)
  let count = 0
  let last = -1
  for (let i = 0; i < table.count; i++) {
    const start = table.startNs[i]!
    if (last >= 0 && start > table.endNs[last]!) {
      const from = table.endNs[last]!
      const next = trace.kernels[table.index[i]!]!
      const split = isIncomplete(trace.kernels[table.index[last]!]!, next)
        ? unknownSplit(start - from)
        : splitGap(next.launch, from, start, latencyNs)
      startNs[count] = from
      endNs[count] = start
      launchEndNs[count] = from + split.launchBoundNs
      dependent[count] = split.dependencyBoundNs > 0 ? 1 : 0
      before[count] = last
      after[count] = i
      count++
    }
    if (last < 0 || table.endNs[i]! > table.endNs[last]!) last = i
  }
  return {
    count,
    startNs: startNs.subarray(0, count),
    endNs: endNs.subarray(0, count),
    launchEndNs: launchEndNs.subarray(0, count),
    dependent,
    before,
    after,
    latencyNs,
  }
}

/** Idle time by cause inside [startNs, endNs). */
export function idleWithin(gaps: Gaps, startNs: number, endNs: number): IdleSplit {
  const split: IdleSplit = { launchBoundNs: 0, dependencyBoundNs: 0, otherNs: 0 }
  for (let g = bisectLeft(gaps.endNs, startNs); g < gaps.count; g++) {
    const from = Math.max(startNs, gaps.startNs[g]!)
    const to = Math.min(endNs, gaps.endNs[g]!)
    if (gaps.startNs[g]! >= endNs) break
    if (to <= from) continue
    const launchBound = Math.max(0, Math.min(to, gaps.launchEndNs[g]!) - from)
    split.launchBoundNs += launchBound
    if (gaps.dependent[g]) split.dependencyBoundNs += to - from - launchBound
    else split.otherNs += to - from - launchBound
  }
  return split
}

/** A gap of unknown cause. */
export function unknownSplit(gapNs: number): IdleSplit {
  return { launchBoundNs: 0, dependencyBoundNs: 0, otherNs: gapNs }
}

/**
 * Share of launches without a kernel from which on a trace tells no cause of any gap: a profiler that dropped
 * so many records may have dropped launches as well, of which nothing is left to count.
 */
const MOST_LOST = 0.1

/** The launches of a trace whose kernels the profiler lost, and among how many; null if there are none. */
export function lostKernels({ repairs }: KernelTrace): { count: number; of: number } | null {
  const found = repairs.filter(({ kind }) => kind === 'launch_without_kernel')
  if (found.length === 0) return null
  const sum = (of: (repair: TraceRepair) => number) =>
    found.reduce((total, repair) => total + of(repair), 0)
  return { count: sum(({ count }) => count), of: sum(({ of, count }) => of ?? count) }
}

/**
 * Whether the profiler lost a kernel that was launched between two others, or so many that it may have: then
 * nobody knows how long the device really stood idle between them.
 */
export function lostBetween(
  trace: KernelTrace,
): (before: KernelEvent, after: KernelEvent) => boolean {
  const all = lostKernels(trace)
  if (all !== null && all.count >= MOST_LOST * all.of) return () => true
  const lost = trace.lostLaunchesNs
  if (lost === undefined) return () => false
  return (before, after) => {
    const from = before.launch?.startNs ?? before.startNs
    const to = after.launch?.startNs ?? after.startNs
    return bisectLeft(lost, to) > bisectLeft(lost, from)
  }
}

/** Splits one gap by the launch of the activity that ends it. */
export function splitGap(
  launch: KernelLaunch | undefined,
  startNs: number,
  endNs: number,
  latencyNs: number,
): IdleSplit {
  const gap = endNs - startNs
  if (!launch) return { launchBoundNs: 0, dependencyBoundNs: 0, otherNs: gap }
  const issued = Math.max(launch.startNs + latencyNs, launch.startNs + launch.durationNs)
  const launchBoundNs = Math.min(gap, Math.max(0, issued - startNs))
  const rest = gap - launchBoundNs
  return launchBoundNs === 0
    ? { launchBoundNs, dependencyBoundNs: rest, otherNs: 0 }
    : { launchBoundNs, dependencyBoundNs: 0, otherNs: rest }
}

/**
 * Median time from launch to start over activities that found their stream empty. The first of a stream
 * does not count: work from before the trace may have held it up.
 */
export function launchLatencyNs(trace: KernelTrace, table: Columns): number {
  const lastEnd = new Float64Array(table.lanes.length).fill(Infinity)
  const seen = new Float64Array(table.count)
  let count = 0
  for (let i = 0; i < table.count; i++) {
    const lane = table.lane[i]!
    const launch = trace.kernels[table.index[i]!]!.launch
    const start = table.startNs[i]!
    if (launch && launch.startNs >= lastEnd[lane]! && start >= launch.startNs) {
      seen[count++] = start - launch.startNs
    }
    const last = lastEnd[lane]!
    lastEnd[lane] = last === Infinity ? table.endNs[i]! : Math.max(last, table.endNs[i]!)
  }
  // The median of an even sample is as good, and sorting a million costs more than the whole sweep.
  const step = Math.max(1, Math.floor(count / SAMPLE))
  const sample = Float64Array.from({ length: Math.floor(count / step) }, (_, i) => seen[i * step]!)
  return Math.round(median(sample) ?? 0)
}
