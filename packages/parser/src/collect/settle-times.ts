// Gives the times of a text, whole microseconds and nanoseconds apart, one base, so that they are exact
// integers of nanoseconds below 2^53 however large they stand in the file.
//
// The base comes from the trace's own range: that in which most of its events lie. Profilers write a
// timestamp of 0 where the device gave none, and now and then one from elsewhere; such events are left out
// and counted, since they would set the window of the whole trace, and cost it nanoseconds.
import type { Repairs } from '../repairs.js'
import type { EventColumns, TraceStore } from './trace-store.js'

const DAY_US = 86_400e6
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

  add(whole: number, byte: number): void {
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
  const isBelow = extremes.first < range.low
  if (isBelow || extremes.last > range.high || (extremes.first <= 0 && range.isZeroFar)) {
    const byte = isBelow || extremes.first <= 0 ? extremes.firstByte : extremes.lastByte
    for (const columns of kinds) leaveOut(columns, range, byte, repairs)
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
  const sorted = Float64Array.from(stamped.length > 0 ? stamped : times).sort()
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const [early, late] = [at(0.1), at(0.9)]
  const length = late - early
  const reach = Math.min(EXACT_US, Math.max(DAY_US, 100 * length))
  return {
    low: early - reach,
    high: late + reach,
    isZeroFar: early > Math.max(MINUTE_US, 10 * length),
  }
}

function leaveOut(columns: EventColumns, range: Range, byte: number, repairs: Repairs): void {
  const { start, nanos, duration } = columns
  const kept: number[] = []
  for (let row = 0; row < start.length; row++) {
    const time = start.data[row]!
    const isUnstamped =
      range.isZeroFar &&
      time === 0 &&
      nanos.data[row] === 0 &&
      // What began at 0 and goes on to the others may be true.
      duration.data[row]! < 1000 * range.low + 1000 * DAY_US
    if (time >= range.low && time <= range.high && !isUnstamped) kept.push(row)
    else repairs.add('timestamp_outside', byte)
  }
  if (kept.length < start.length) columns.keep(kept)
}
