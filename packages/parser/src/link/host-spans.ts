// Operators and Python frames as spans on their threads, for a picture of what the host did. Where there are more than
// asked for, the longest are kept: a short one is seen in no picture, and what was left out is told.
import type { HostSpans } from '@flowsim/trace-schema'
import type { HostColumns, TraceStore } from '../collect/trace-store.js'
import { unescapeJson } from '../scan/lenient-json.js'

/** At most `most` spans of a trace; starts count from `origin`. */
export function hostSpans(store: TraceStore, most: number, origin: number): HostSpans {
  const shortest = shortestKept([store.operators, store.frames], most)
  const spans: HostSpans = {
    names: [],
    threads: [],
    kind: [],
    thread: [],
    name: [],
    startNs: [],
    durationNs: [],
    leftOut: null,
  }
  const names = new Map<number, number>()
  const threads = new Map<number, number>()
  let leftOut = 0
  const add = (columns: HostColumns, kind: 'operator' | 'frame') => {
    for (let row = 0; row < columns.length; row++) {
      const durationNs = columns.duration.data[row]!
      if (durationNs < shortest || spans.startNs.length === most) {
        leftOut++
        continue
      }
      const name = columns.name.data[row]!
      const thread = columns.thread.data[row]!
      if (!names.has(name)) {
        names.set(name, spans.names.length)
        spans.names.push(unescapeJson(store.names.text(name)))
      }
      if (!threads.has(thread)) {
        threads.set(thread, spans.threads.length)
        spans.threads.push({ pid: store.threads.pid(thread), tid: store.threads.tid(thread) })
      }
      spans.kind.push(kind)
      spans.thread.push(threads.get(thread)!)
      spans.name.push(names.get(name)!)
      spans.startNs.push(columns.start.data[row]! - origin)
      spans.durationNs.push(durationNs)
    }
  }
  add(store.operators, 'operator')
  add(store.frames, 'frame')
  if (leftOut > 0) spans.leftOut = { count: leftOut, shorterThanNs: shortest }
  return spans
}

/** The least duration such that at most `most` spans are longer; 0 where all fit. */
function shortestKept(all: readonly HostColumns[], most: number): number {
  const count = all.reduce((sum, { length }) => sum + length, 0)
  if (count <= most) return 0
  const durations = new Float64Array(count)
  let at = 0
  for (const { duration, length } of all) {
    durations.set(duration.data.subarray(0, length), at)
    at += length
  }
  durations.sort()
  return most === 0 ? durations[count - 1]! + 1 : durations[count - most]!
}
