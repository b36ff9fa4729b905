// Why a device stood idle.
//
// A gap lies between the end of everything that ran and the start of the next activity, which names
// the cause, from its launch (`issued` = the call's start plus the typical launch latency, or the call's
// end where that is later):
//
//   launch-bound      the part of the gap before `issued`: the host had not asked for more work
//   dependency-bound  the rest, where the activity was issued before the gap began: it was queued and
//                     waited for its stream, an event or another device
//   other             the rest, where it was issued during the gap, yet did not start; gaps whose
//                     activity has no launch in the trace; gaps in which a kernel is missing from
//                     the trace, since its launch is there; and all gaps where a tenth of the launches
//                     have no kernel
//
// The typical launch latency is the trace's own: the median of (start − launch start) over activities
// whose stream was empty when they were launched.
import type { IdleSplit, KernelTrace } from '@flowsim/trace-schema'
import { columns, type StreamId } from './columns.js'
import { findGaps, lostBetween, splitGap, unknownSplit } from './gaps.js'

/** Why a gap was there, by the larger part of it. */
export type IdleCause = 'launch' | 'dependency' | 'other'

/** A time in which nothing ran. */
export interface IdleGap {
  startNs: number
  durationNs: number
  cause: IdleCause
  /** Place in `trace.kernels` of the activity that ended last before the gap. */
  before: number
  /** Place in `trace.kernels` of the activity that ended the gap. */
  after: number
}

/** Idle time of a device or stream. */
export interface IdleTime extends IdleSplit {
  idleNs: number
  gaps: number
}

/** Result of {@link idleTime}. */
export interface IdleReport {
  /** Time in which no stream of any device ran anything. */
  total: IdleTime
  /** The same for each stream by itself, in order of device and stream. */
  streams: (StreamId & IdleTime)[]
  /** The longest gaps of the whole, longest first. */
  longest: IdleGap[]
  /** Median time from launch to start on an empty stream, in nanoseconds; 0 if there is none. */
  launchLatencyNs: number
}

/**
 * Idle time of a trace and of each of its streams, split by cause, and the longest gaps. The rules
 * stand at the top of the file. Times before the first and after the last activity are not idle time.
 */
export function idleTime(trace: KernelTrace, options: { longest?: number } = {}): IdleReport {
  const table = columns(trace)
  const gaps = findGaps(trace, table)
  const total = none()
  const found: IdleGap[] = []
  for (let g = 0; g < gaps.count; g++) {
    const startNs = gaps.startNs[g]!
    const durationNs = gaps.endNs[g]! - startNs
    const launchBoundNs = gaps.launchEndNs[g]! - startNs
    const rest = durationNs - launchBoundNs
    const split = gaps.dependent[g]
      ? { launchBoundNs, dependencyBoundNs: rest, otherNs: 0 }
      : { launchBoundNs, dependencyBoundNs: 0, otherNs: rest }
    add(total, split, durationNs)
    found.push({
      startNs,
      durationNs,
      cause: mainCause(split),
      before: table.index[gaps.before[g]!]!,
      after: table.index[gaps.after[g]!]!,
    })
  }
  found.sort((a, b) => b.durationNs - a.durationNs || a.startNs - b.startNs)

  const isIncomplete = lostBetween(trace)
  const streams = table.lanes.map((lane) => ({ ...lane, ...none() }))
  const lastEnd = new Float64Array(streams.length).fill(Infinity)
  const lastOf = new Int32Array(streams.length)
  for (let i = 0; i < table.count; i++) {
    const lane = table.lane[i]!
    const start = table.startNs[i]!
    const last = lastEnd[lane]!
    if (start > last) {
      const next = trace.kernels[table.index[i]!]!
      const split = isIncomplete(trace.kernels[lastOf[lane]!]!, next)
        ? unknownSplit(start - last)
        : splitGap(next.launch, last, start, gaps.latencyNs)
      add(streams[lane]!, split, start - last)
    }
    lastOf[lane] = table.index[i]!
    lastEnd[lane] = last === Infinity ? table.endNs[i]! : Math.max(last, table.endNs[i]!)
  }
  return {
    total,
    streams,
    longest: found.slice(0, options.longest ?? 20),
    launchLatencyNs: gaps.latencyNs,
  }
}

function none(): IdleTime {
  return { idleNs: 0, gaps: 0, launchBoundNs: 0, dependencyBoundNs: 0, otherNs: 0 }
}

function add(to: IdleTime, split: IdleSplit, durationNs: number): void {
  to.gaps++
  to.idleNs += durationNs
  to.launchBoundNs += split.launchBoundNs
  to.dependencyBoundNs += split.dependencyBoundNs
  to.otherNs += split.otherNs
}

function mainCause({ launchBoundNs, dependencyBoundNs, otherNs }: IdleSplit): IdleCause {
  if (launchBoundNs >= dependencyBoundNs && launchBoundNs >= otherNs) return 'launch'
  return dependencyBoundNs >= otherNs ? 'dependency' : 'other'
}
