// Chrome trace events whose categories say nothing: what an event is follows from the names of its process
// and thread, which may stand anywhere in the file.
import type { Ns } from '../collect/event-writer.js'
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'
import { JsonItems } from './json-items.js'

/** An event as it stands in the file. */
export interface TrackEvent {
  ph?: string
  cat?: string
  name?: string
  pid?: number | string
  tid?: number | string
  id?: number | string
  ts?: number | string
  dur?: number | string
  args?: Record<string, unknown>
}

/** Complete events and flows, and the names of their processes and threads. */
export interface TrackEvents {
  events: TrackEvent[]
  process: (event: TrackEvent) => string
  thread: (event: TrackEvent) => string
}

/** Reads the events of a trace: an object with `traceEvents`, or a bare array. */
export async function readTrackEvents(
  file: TraceFile,
  salvage: boolean,
  repairs: Repairs,
): Promise<TrackEvents> {
  const events: TrackEvent[] = []
  const processes = new Map<unknown, string>()
  const threads = new Map<string, string>()
  const items = new JsonItems(
    file.source,
    ([top, item]) => {
      if (top === undefined) return 'enter'
      if (top === '*') return 'take'
      if (top !== 'traceEvents') return 'skip'
      return item === undefined ? 'enter' : 'take'
    },
    (_, value) => {
      if (typeof value !== 'object' || value === null) {
        repairs.add('malformed_event', 0)
        return
      }
      const event = value as TrackEvent
      if (event.ph !== 'M') events.push(event)
      else if (event.name === 'process_name') processes.set(event.pid, String(event.args?.name))
      else if (event.name === 'thread_name') {
        threads.set(`${event.pid} ${event.tid}`, String(event.args?.name))
      }
    },
    repairs,
  )
  for await (const chunk of file.open(repairs)) items.push(chunk)
  items.end(salvage)
  return {
    events,
    process: ({ pid }) => processes.get(pid) ?? '',
    thread: ({ pid, tid }) => threads.get(`${pid} ${tid}`) ?? '',
  }
}

/** Microseconds, as a number or as the text of one, in nanoseconds. */
export function nanoseconds(us: unknown): Ns {
  if (typeof us === 'number') return Math.round(us * 1000)
  const digits = /^(\d+)(?:\.(\d{1,3})\d*)?$/.exec(String(us))
  if (digits === null) return Number.NaN
  return BigInt(digits[1]!) * 1000n + BigInt((digits[2] ?? '').padEnd(3, '0'))
}

/** Start and end of a complete event. */
export function timesOf({ ts, dur }: TrackEvent): { startNs: Ns; endNs: Ns } {
  const startNs = nanoseconds(ts)
  const duration = Math.round(Number(dur) * 1000)
  if (!Number.isSafeInteger(duration)) return { startNs, endNs: Number.NaN }
  return {
    startNs,
    endNs: typeof startNs === 'bigint' ? startNs + BigInt(duration) : startNs + duration,
  }
}
