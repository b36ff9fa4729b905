// Kernels that cannot have run as recorded. Activities of one stream run one after the other (they overlap
// by less than a microsecond where the next one is let in early), so one that goes on while others of its
// stream begin and end has a wrong end, or stands in one record with another queue. One that is like another in
// every number stands twice in the file, as where traces were joined that share a part.
import type { DeviceColumns, TraceStore } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { unescapeJson } from '../scan/lenient-json.js'

/** Overlap that early starts of dependent launches account for. */
const TOLERANCE_NS = 10_000
/** Share of a stream's activities beyond which overlap is how it was recorded, and no fault. */
const COMMON = 0.1
const FEW = 3
/** An activity so many times as long as is usual on its stream has a wrong end. */
const LONG = 10
const MAX_PASSES = 8

/** Leaves out activities that stand twice or overrun later ones of their stream; counts them. */
export function leaveOutImpossible(store: TraceStore, repairs: Repairs): void {
  const { device, names } = store
  const wrong = new Set<number>()
  const told = (row: number) => {
    const name = unescapeJson(names.text(device.name.data[row]!))
    return `${name} on stream ${device.stream.data[row]!} of device ${device.device.data[row]!}`
  }
  for (const all of streamsOf(device)) {
    const again = repeats(device, all)
    for (const row of again) {
      repairs.add('repeated_kernel', device.byte.data[row]!, told(row))
      wrong.add(row)
    }
    const rows = again.size === 0 ? all : all.filter((row) => !again.has(row))
    const { found, isCommon } = overruns(device, rows)
    for (const row of found) {
      repairs.add(isCommon ? 'stream_overlap' : 'overrun', device.byte.data[row]!, told(row))
      if (isCommon) continue
      wrong.add(row)
      store.leftOut.push(device.correlation.data[row]!)
    }
  }
  if (wrong.size === 0) return
  const kept: number[] = []
  for (let row = 0; row < device.length; row++) if (!wrong.has(row)) kept.push(row)
  device.keep(kept)
}

/** The rows of each known stream in order of start. */
function streamsOf({ device, stream, start, length }: DeviceColumns): Int32Array[] {
  const byStream = new Map<string, number[]>()
  let last: number[] | undefined
  let lastDevice = -1
  let lastStream = -1
  for (let row = 0; row < length; row++) {
    const d = device.data[row]!
    const s = stream.data[row]!
    if (d < 0 || s < 0) continue
    if (last === undefined || d !== lastDevice || s !== lastStream) {
      const key = `${d} ${s}`
      last = byStream.get(key)
      if (last === undefined) {
        last = []
        byStream.set(key, last)
      }
      lastDevice = d
      lastStream = s
    }
    last.push(row)
  }
  return [...byStream.values()].map((rows) => {
    const isSorted = rows.every(
      (row, i) => i === 0 || start.data[row]! >= start.data[rows[i - 1]!]!,
    )
    const sorted = new Int32Array(rows)
    return isSorted ? sorted : sorted.sort((a, b) => start.data[a]! - start.data[b]! || a - b)
  })
}

/** Rows that are like an earlier one: the same kernel of the same launch at the same time for as long. */
function repeats(
  { start, duration, name, correlation }: DeviceColumns,
  rows: Int32Array,
): Set<number> {
  const again = new Set<number>()
  /** What was seen of those that start together. */
  const seen = new Set<string>()
  const alike = (row: number) =>
    `${duration.data[row]!} ${name.data[row]!} ${correlation.data[row]!}`
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i]!
    const before = rows[i - 1]!
    if (start.data[before] !== start.data[row]) {
      seen.clear()
      continue
    }
    if (seen.size === 0) seen.add(alike(before))
    const told = alike(row)
    if (duration.data[row]! > 0 && correlation.data[row]! > 0 && seen.has(told)) again.add(row)
    seen.add(told)
  }
  return again
}

function overruns(columns: DeviceColumns, all: Int32Array): { found: number[]; isCommon: boolean } {
  const most = Math.max(FEW, COMMON * all.length)
  const found: number[] = []
  let rows = all
  // What lies within one that is wrong may overrun others itself.
  for (let pass = 0; pass < MAX_PASSES && found.length <= most; pass++) {
    const wrong = overrunsOnce(columns, rows)
    if (wrong.size === 0) return { found, isCommon: false }
    for (const row of wrong) found.push(row)
    rows = rows.filter((row) => !wrong.has(row))
  }
  return { found, isCommon: true }
}

/** Rows that end after later ones end, or lie within one that is as long as usual. */
function overrunsOnce({ start, duration }: DeviceColumns, rows: Int32Array): Set<number> {
  const wrong = new Set<number>()
  let outer = -1
  let outerEnd = -Infinity
  let inner: number[] = []
  let usualNs: number | undefined
  const judge = () => {
    if (inner.length === 0) return
    usualNs ??= median(rows, duration.data)
    const isLong = inner.length > 1 || duration.data[outer]! > LONG * usualNs
    wrong.add(isLong ? outer : inner[0]!)
  }
  for (const row of rows) {
    const from = start.data[row]!
    const to = from + duration.data[row]!
    if (to <= outerEnd) {
      if (outerEnd - from > TOLERANCE_NS) inner.push(row)
      continue
    }
    judge()
    outer = row
    outerEnd = to
    inner = []
  }
  judge()
  return wrong
}

function median(rows: Int32Array, durations: Float64Array): number {
  const sorted = Float64Array.from(rows, (row) => durations[row]!).sort()
  return sorted[sorted.length >> 1]!
}
