// Where launches begin on each thread: of frames beyond number, those that enclose one are all that is asked for.
import type { PackedFrames } from './packed-frames.js'
import type { TraceStore } from './trace-store.js'

/** Starts of the calls that may have launched something, by thread, in order. */
export function launchStarts({ runtime, device, names }: TraceStore): Map<number, Float64Array> {
  const correlations = new Set(device.correlation.data.subarray(0, device.length))
  const byThread = new Map<number, number[]>()
  for (let row = 0; row < runtime.length; row++) {
    const isUsed = correlations.has(runtime.correlation.data[row]!)
    if (!isUsed && !/Launch|Memcpy|Memset/.test(names.text(runtime.name.data[row]!))) continue
    const thread = runtime.thread.data[row]!
    const list = byThread.get(thread)
    if (list === undefined) byThread.set(thread, [runtime.start.data[row]!])
    else list.push(runtime.start.data[row]!)
  }
  return new Map(
    [...byThread].map(([thread, starts]) => [thread, Float64Array.from(starts).sort()]),
  )
}

/** Whether a launch begins within a span of its thread. */
export function encloses(launches: Float64Array, start: number, duration: number): boolean {
  let low = 0
  let high = launches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (launches[middle]! < start) low = middle + 1
    else high = middle
  }
  return low < launches.length && launches[low]! < start + duration
}

/** Keeps those of packed frames that enclose a launch. */
export function keepEnclosing(store: TraceStore, packed: PackedFrames, baseMicros: number): void {
  const launches = launchStarts(store)
  for (const { startNs, durationNs, name, thread } of packed.frames(baseMicros)) {
    const starts = launches.get(thread)
    if (starts === undefined || !encloses(starts, startNs, durationNs)) continue
    store.keepFrame(startNs, durationNs, name, thread)
  }
  store.skippedCount += packed.count - store.frames.length
}
