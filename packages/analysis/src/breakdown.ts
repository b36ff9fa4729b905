// How the time of a window divides into work, exposed communication, exposed copies and idleness.
//
//   window = busy + idle                     busy = |computation ∪ communication ∪ memcpy|
//   busy   = computation + exposed communication + exposed memcpy
//   exposed communication = |communication \ computation|
//   exposed memcpy        = |memcpy \ (computation ∪ communication)|
//
// All are lengths of unions of intervals in integer nanoseconds, so that kernels that overlap count
// once. The definitions are TraceLens's (GPUEventAnalyser.compute_metrics); HTA's temporal breakdown is
// compute = computation, non-compute = busy − computation under the convention `hta`.
import type { KernelOperation, KernelTrace, TimeBudget } from '@flowsim/trace-schema'
import { bisectLeft } from 'd3-array'
import { activities, type Convention } from './activity.js'
import { type Columns, checkOperations, columns, type StreamId } from './columns.js'
import { findGaps, idleWithin } from './gaps.js'
import { clip, type IntervalSet, lengthNs, regionsNs, unionSorted } from './intervals.js'

/** Where the time of a window went. All times are nanoseconds. */
export interface Breakdown extends TimeBudget {
  /** Time that two kinds of work share; time that all three share is in each of them. */
  overlap: {
    computationCommunicationNs: number
    computationMemcpyNs: number
    communicationMemcpyNs: number
  }
  /**
   * Time of each combination and nothing else: `computation` alone, `computationCommunication`
   * without a copy, and so on. They add up to `busyNs`.
   */
  exclusive: {
    computationNs: number
    communicationNs: number
    memcpyNs: number
    computationCommunicationNs: number
    computationMemcpyNs: number
    communicationMemcpyNs: number
    allNs: number
  }
}

/** What {@link breakdown} looks at. */
export interface BreakdownOptions {
  /** Whose rules decide what is communication and what is memory; `flowsim` if absent. */
  convention?: Convention
  /** One device only. */
  device?: number
  /** One stream only. */
  stream?: StreamId
  /** This window instead of the one from the first start to the last end. */
  window?: { startNs: number; durationNs: number }
  /**
   * Rounds starts up and ends down to whole microseconds, as HTA does by default, to compare with its
   * figures. It loses about half a microsecond of every kernel; leave it off for anything else.
   */
  roundToUs?: boolean
}

/**
 * Busy, idle, computation, exposed communication and exposed copies of a trace, interval-exact: times
 * that overlap count once. With several devices, "busy" means that any of them is. Formulas and their
 * sources stand at the top of the file.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function breakdown(
  trace: KernelTrace,
  operations?: readonly KernelOperation[],
  options: BreakdownOptions = {},
): Breakdown {
  const measure = breakdowns(trace, operations, options)
  return measure(options.window)
}

/** Measures any number of windows of one trace, which is swept once. */
export function breakdowns(
  trace: KernelTrace,
  operations?: readonly KernelOperation[],
  options: Omit<BreakdownOptions, 'window'> = {},
): (window?: BreakdownOptions['window']) => Breakdown {
  checkOperations(trace, operations)
  let table = columns(trace)
  if (options.device !== undefined || options.stream) table = select(table, options)
  const kinds = activities(trace, operations, table.index, options.convention ?? 'flowsim')
  if (options.roundToUs) table = rounded(table, Number(BigInt(trace.baseTimeNs) % 1000n))
  const sets = [0, 1, 2].map((kind) =>
    unionSorted(
      table.startNs,
      table.endNs,
      kinds.map((k) => (k === kind ? 1 : 0)),
    ),
  )
  const gaps = findGaps(trace, table)
  const whole = extent(table)
  return (window) => {
    const { startNs, durationNs } = window ?? whole
    const endNs = startNs + durationNs
    const inside = window ? sets.map((set) => clip(set, startNs, endNs)) : sets
    const idle = idleWithin(gaps, startNs, endNs)
    // Before the first start and after the last end, nothing says why.
    idle.otherNs += Math.max(0, Math.min(endNs, whole.startNs) - startNs)
    idle.otherNs += Math.max(0, endNs - Math.max(startNs, whole.startNs + whole.durationNs))
    let count = 0
    let sumNs = 0
    for (let i = bisectLeft(table.startNs, startNs); i < table.count; i++) {
      if (window && table.startNs[i]! >= endNs) break
      count++
      sumNs += table.endNs[i]! - table.startNs[i]!
    }
    return { startNs, windowNs: durationNs, ...divide(inside, durationNs), idle, count, sumNs }
  }
}

function divide(
  sets: IntervalSet[],
  windowNs: number,
): Omit<Breakdown, 'startNs' | 'windowNs' | 'idle' | 'count' | 'sumNs'> {
  const regions = regionsNs(sets)
  const [computation, communication, memcpy] = sets as [IntervalSet, IntervalSet, IntervalSet]
  const at = (mask: number) => regions[mask]!
  let busyNs = 0
  for (let mask = 1; mask < 8; mask++) busyNs += at(mask)
  return {
    busyNs,
    idleNs: windowNs - busyNs,
    computationNs: lengthNs(computation),
    exposedCommunicationNs: at(0b010) + at(0b110),
    exposedMemcpyNs: at(0b100),
    communicationNs: lengthNs(communication),
    memcpyNs: lengthNs(memcpy),
    overlap: {
      computationCommunicationNs: at(0b011) + at(0b111),
      computationMemcpyNs: at(0b101) + at(0b111),
      communicationMemcpyNs: at(0b110) + at(0b111),
    },
    exclusive: {
      computationNs: at(0b001),
      communicationNs: at(0b010),
      memcpyNs: at(0b100),
      computationCommunicationNs: at(0b011),
      computationMemcpyNs: at(0b101),
      communicationMemcpyNs: at(0b110),
      allNs: at(0b111),
    },
  }
}

/** First start and length up to the last end; zero for a trace without activities. */
export function extent(table: Columns): { startNs: number; durationNs: number } {
  if (table.count === 0) return { startNs: 0, durationNs: 0 }
  let end = table.endNs[0]!
  for (let i = 1; i < table.count; i++) if (table.endNs[i]! > end) end = table.endNs[i]!
  return { startNs: table.startNs[0]!, durationNs: end - table.startNs[0]! }
}

/** The rows of one device or stream. */
function select(table: Columns, { device, stream }: BreakdownOptions): Columns {
  const rows: number[] = []
  for (let i = 0; i < table.count; i++) {
    const lane = table.lanes[table.lane[i]!]!
    if (device !== undefined && lane.device !== device) continue
    if (stream && (lane.device !== stream.device || lane.stream !== stream.stream)) continue
    rows.push(i)
  }
  return {
    count: rows.length,
    index: Uint32Array.from(rows, (i) => table.index[i]!),
    startNs: Float64Array.from(rows, (i) => table.startNs[i]!),
    endNs: Float64Array.from(rows, (i) => table.endNs[i]!),
    lane: Uint32Array.from(rows, (i) => table.lane[i]!),
    lanes: table.lanes,
  }
}

/** Starts rounded up and ends down to microseconds of the profiler's clock. */
function rounded(table: Columns, baseNs: number): Columns {
  return {
    ...table,
    startNs: table.startNs.map((ns) => Math.ceil((ns + baseNs) / 1000) * 1000 - baseNs),
    endNs: table.endNs.map((ns) => Math.floor((ns + baseNs) / 1000) * 1000 - baseNs),
  }
}
