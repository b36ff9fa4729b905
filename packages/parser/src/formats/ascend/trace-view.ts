// Ascend: `trace_view.json` of torch_npu and msprof. Tasks on the streams of the hardware, the launches of
// CANN and the operators of PyTorch, tied together by flows, or by `connection_id` where there are none;
// collectives of HCCL, each group on a stream; tensors from the kernel_details.csv beside it.
// Not read: the overlap analysis, which repeats the tasks, and the steps within collectives.
//
// Documented in the Ascend PyTorch Profiler guide ("trace_view.json").
import { EventWriter } from '../../collect/event-writer.js'
import { Role } from '../../collect/roles.js'
import { nanoseconds, readTrackEvents, type TrackEvent, timesOf } from '../../scan/track-events.js'
import type { TraceFormat } from '../format.js'
import { hcclMembers } from './communication.js'
import { Details, KERNEL_DETAILS } from './details.js'

const HARDWARE = /Ascend Hardware|^NPU/
/** Marks of the task scheduler that run nothing. */
const NO_WORK = /^(?:EVENT_|NOTIFY|Notify|PLACE_HOLDER|CAPTURE_)/
const FIRST_ID = 1_000_000_000
const COMMUNICATION = /^(?:Communication|HCCL)$/
/** Above all streams of the hardware: groups of HCCL have none. */
const FIRST_GROUP = 1_000_000

export const ascend: TraceFormat = {
  name: 'ascend',
  title: 'a trace_view.json of Ascend',
  recordKernels: 'profile with activities=[ProfilerActivity.CPU, ProfilerActivity.NPU]',
  // PyTorch's operators come first, so the times tell: texts, as only this producer writes them.
  recognises: ({ head }) =>
    head.mentions('Ascend Hardware') ||
    head.mentions('"connection_id"') ||
    (head.has('[') && head.mentions('"ts": "') && head.mentions('"cat": "cpu_op"')),

  async read(file, { salvage }, repairs) {
    const { events, process, thread } = await readTrackEvents(file, salvage, repairs)
    const details = await Details.beside(file, repairs)
    const writer = new EventWriter(repairs)
    const hardware = [
      ...new Set(events.filter((e) => HARDWARE.test(process(e))).map(({ pid }) => pid)),
    ]
    const pythonPid = events.find(({ cat }) => cat === 'cpu_op')?.pid ?? 0
    const operators = new Flows(events, 'async_npu', ({ cat }) => cat === 'cpu_op', FIRST_ID)
    const launches = new Flows(events, 'HostToDevice', (event) => process(event) === 'CANN', 1)
    for (const event of events) {
      const { ph, name = '', tid = '', args = {} } = event
      const kind = process(event)
      const connection = Number(args.connection_id ?? args['connection id'] ?? -1)
      if (ph !== 'X') writer.skip()
      else if (HARDWARE.test(kind) && !NO_WORK.test(name)) {
        const stream = /(\d+)$/.exec(thread(event))?.[1] ?? tid
        const times = timesOf(event)
        writer.activity({
          ...times,
          name,
          tensors: details.take(name, times.startNs)?.tensors,
          role:
            /memcpy/i.test(name) || /MEMCPY/.test(String(args['Task Type']))
              ? Role.Memcpy
              : Role.Kernel,
          device: hardware.indexOf(event.pid),
          stream: Number(stream),
          correlation: launches.isEmpty ? connection : launches.task(event),
          externalId: operators.task(event),
        })
      } else if (COMMUNICATION.test(kind) && name.startsWith('hcom_')) {
        const times = timesOf(event)
        writer.activity({
          ...times,
          name,
          device: Math.max(0, hardware.length - 1),
          stream: FIRST_GROUP + (Number(tid) || 0),
          tensors: details.take(name, times.startNs)?.tensors,
          collective: hcclMembers(name, args),
        })
      } else if (kind === 'CANN') {
        // Under the process of PyTorch, whose threads they run on.
        writer.call({
          ...timesOf(event),
          name,
          pid: pythonPid,
          tid,
          correlation: launches.isEmpty ? connection : launches.source(event),
        })
      } else if (event.cat === 'cpu_op') {
        writer.operator({
          ...timesOf(event),
          name,
          pid: pythonPid,
          tid,
          externalId: operators.source(event),
          shapes: shapesOf(args['Input Dims']),
          types: typesOf(args['Input type']),
        })
      } else writer.skip()
    }
    if (details.left > 0)
      repairs.share('unmatched_details', details.left, details.count, KERNEL_DETAILS)
    return writer.finish()
  },
}

/** Numbers that host events share with the tasks to which flows lead from within them. */
class Flows {
  readonly #numbers = new Map<TrackEvent, number>()
  readonly #tasks = new Map<string, number>()

  /** @param first - the numbers count from here */
  constructor(
    events: readonly TrackEvent[],
    category: string,
    isSource: (event: TrackEvent) => boolean,
    first: number,
  ) {
    const byThread = new Map<unknown, TrackEvent[]>()
    for (const event of events) {
      if (event.ph !== 'X' || !isSource(event)) continue
      this.#numbers.set(event, first + this.#numbers.size)
      const list = byThread.get(event.tid)
      if (list === undefined) byThread.set(event.tid, [event])
      else list.push(event)
    }
    for (const list of byThread.values()) list.sort((a, b) => microseconds(a) - microseconds(b))
    const starts = new Map<unknown, TrackEvent>()
    for (const event of events) {
      if (event.cat === category && event.ph === 's') starts.set(event.id, event)
    }
    for (const event of events) {
      if (event.cat !== category || event.ph !== 'f') continue
      const from = starts.get(event.id)
      const source = from === undefined ? undefined : innermost(byThread.get(from.tid) ?? [], from)
      if (source !== undefined) this.#tasks.set(key(event), this.#numbers.get(source)!)
    }
  }

  get isEmpty(): boolean {
    return this.#tasks.size === 0
  }

  source(event: TrackEvent): number | undefined {
    return this.#numbers.get(event)
  }

  task(event: TrackEvent): number | undefined {
    return this.#tasks.get(key(event))
  }
}

const key = ({ pid, tid, ts }: TrackEvent) => `${pid} ${tid} ${nanoseconds(ts)}`
const microseconds = ({ ts }: TrackEvent) => Number(ts)

/** The last operator that began before a point of its thread and had not ended. */
function innermost(sorted: readonly TrackEvent[], { ts }: TrackEvent): TrackEvent | undefined {
  const at = Number(ts)
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (microseconds(sorted[middle]!) <= at) low = middle + 1
    else high = middle
  }
  // Operators nest a few deep.
  for (let i = low - 1; i >= Math.max(0, low - 64); i--) {
    if (microseconds(sorted[i]!) + Number(sorted[i]!.dur) >= at) return sorted[i]
  }
  return undefined
}

/** `4,8;8,16`, or lists as Kineto has them. */
function shapesOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'string' || value === '') return undefined
  return value.split(';').map((dims) =>
    dims
      .split(',')
      .filter((size) => size !== '')
      .map(Number),
  )
}

function typesOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' && value !== '' ? value.split(';') : undefined
}
