// Gives the times of a text, whole microseconds and nanoseconds apart, one base, so that they are exact
// integers of nanoseconds below 2^53 however large they stand in the file.
//
// The base comes from the trace's own range: that in which most of its events lie, with less than a day
// between any two neighbours. Profilers write a
// timestamp of 0 where the device gave none, and now and then one from elsewhere; such events are left out
// and counted, since they would set the window of the whole trace, and cost it nanoseconds.
import type { Repairs } from '../repairs.js'
import type { EventColumns, TraceStore } from './trace-store.js'

const DAY_US = 86_400e6
const DAY_NS = 1000 * DAY_US
const MINUTE_US = 60e6
/** Farther from each other no two times are exact to the nanosecond: 2^52 ns. */
const EXACT_US = 2 ** 52 / 1000
/** Events that are looked at for the range, of each kind. */
const SAMPLE = 5000

/** The earliest and latest times of a text, and where they stand in it. */
export class TimeExtremes {
  first = Infinity
  firstByte = 0
  last = -Infinity
  lastByte = 0
  longestNs = 0
  longestByte = 0

  add(whole: number, durationNs: number, byte: number): void {
    if (durationNs > this.longestNs) {
      this.longestNs = durationNs
      this.longestByte = byte
    }
    if (whole < this.first) {
      this.first = whole
      this.firstByte = byte
    }
    if (whole > this.last) {
      this.last = whole
      this.lastByte = byte
    }
  }
}

/**
 * Turns the starts of all events into nanoseconds after one base.
 * @returns the base in whole microseconds
 */
export function settleTimes(store: TraceStore, extremes: TimeExtremes, repairs: Repairs): number {
  const kinds = [
    store.device,
    store.runtime,
    store.operators,
    store.annotations,
    store.frames,
    store.spans,
  ]
  const range = plausibleRange(kinds)
  if (extremes.longestNs > DAY_NS) {
    for (const columns of kinds) leaveOutLong(store, columns, extremes.longestByte, repairs)
  }
  const isBelow = extremes.first < range.low
  if (isBelow || extremes.last > range.high || (extremes.first <= 0 && range.isZeroFar)) {
    const byte = isBelow || extremes.first <= 0 ? extremes.firstByte : extremes.lastByte
    for (const columns of kinds) leaveOutFar(store, columns, range, byte, repairs)
  }
  let base = Infinity
  for (const { start } of kinds) {
    for (let row = 0; row < start.length; row++) base = Math.min(base, start.data[row]!)
  }
  if (!Number.isFinite(base)) base = 0
  for (const { start, nanos } of kinds) {
    for (let row = 0; row < start.length; row++) {
      start.data[row] = (start.data[row]! - base) * 1000 + nanos.data[row]!
    }
    nanos.clear()
  }
  return base
}

/** Where the events of a trace may lie, in microseconds. */
interface Range {
  low: number
  high: number
  /** Start of the first event that most others are near to. */
  first: number
  /** What has the time 0 has none. */
  isZeroFar: boolean
}

function plausibleRange(kinds: readonly EventColumns[]): Range {
  const times = kinds.flatMap(({ start }) => {
    const step = Math.max(1, Math.floor(start.length / SAMPLE))
    const sample: number[] = []
    for (let row = 0; row < start.length; row += step) sample.push(start.data[row]!)
    return sample
  })
  const stamped = times.filter((time) => time !== 0)
  const [first, last] = largestGroup(Float64Array.from(stamped.length > 0 ? stamped : times).sort())
  const isExact = last - first < EXACT_US - 2 * DAY_US
  return {
    low: first - DAY_US,
    high: isExact ? last + DAY_US : first + EXACT_US,
    first,
    isZeroFar: first > Math.max(MINUTE_US, 10 * (last - first)),
  }
}

/** First and last of the most times of which no two neighbours are more than a day apart. */
function largestGroup(sorted: Float64Array): [number, number] {
  let best: [number, number] = [0, -1]
  let from = 0
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i]! - sorted[i - 1]! <= DAY_US) continue
    if (i - 1 - from >= best[1] - best[0]) best = [from, i - 1]
    from = i
  }
  return [sorted[best[0]] ?? 0, sorted[best[1]] ?? 0]
}

function leaveOutLong(
  store: TraceStore,
  columns: EventColumns,
  byte: number,
  repairs: Repairs,
): void {
  const { duration } = columns
  keepRows(store, columns, (row) => {
    const isKept = duration.data[row]! <= DAY_NS
    if (!isKept) repairs.add('duration_outside', byte)
    return isKept
  })
}

function leaveOutFar(
  store: TraceStore,
  columns: EventColumns,
  range: Range,
  byte: number,
  repairs: Repairs,
): void {
  const { start, nanos, duration } = columns
  keepRows(store, columns, (row) => {
    const time = start.data[row]!
    // What began at 0 and goes on to the others may be true.
    const isUnstamped =
      range.isZeroFar &&
      time === 0 &&
      nanos.data[row] === 0 &&
      duration.data[row]! < 1000 * range.first
    const isKept = time >= range.low && time <= range.high && !isUnstamped
    if (!isKept) repairs.add('timestamp_outside', byte)
    return isKept
  })
}

function keepRows(
  { device, leftOut }: TraceStore,
  columns: EventColumns,
  isKept: (row: number) => boolean,
): void {
  const kept: number[] = []
  for (let row = 0; row < columns.length; row++) {
    if (isKept(row)) kept.push(row)
    else if (columns === device) leftOut.push(device.correlation.data[row]!)
  }
  if (kept.length < columns.length) columns.keep(kept)
}
