// One rank of a critical path: its activities and calls on the common clock, and what each waited for.
import type { HostCall, KernelTrace } from '@flowsim/trace-schema'
import { activities } from './activity.js'
import { type Columns, columns } from './columns.js'
import { launchLatencyNs } from './gaps.js'
import { getOrAdd } from './get-or-add.js'
import { lowerBound, upperBound } from './intervals.js'
import type { RankTrace } from './match-collectives.js'

/** An event that releases a stream acts within this time: 5 µs. */
const EVENT_NS = 5000
const WAITS = /StreamWaitEvent|Stream Wait Event/

/** A call of the runtime on the common clock. */
export interface Call {
  startNs: number
  endNs: number
  api: string
  stream: number | undefined
}

/** One rank: its columns on the common clock, its calls by thread, its dependencies. */
export class RankSide {
  readonly rank: number
  readonly trace: KernelTrace
  readonly table: Columns
  readonly kinds: Uint8Array
  readonly latencyNs: number
  /** Calls of each thread in order of start, with their starts. */
  readonly threads = new Map<string, { calls: Call[]; startNs: Float64Array }>()
  /** Row before each row on its stream, by end; −1 for none. */
  readonly before: Int32Array
  /** Rows in order of end, and those ends. */
  readonly byEnd: Uint32Array
  readonly ends: Float64Array
  /** Row that each row waits for through an event, where calls say so; −1 for none. */
  readonly waitsFor: Int32Array
  readonly #rows: Uint32Array

  constructor(
    { rank, trace, operations }: RankTrace,
    readonly shiftNs: number,
  ) {
    this.rank = rank
    this.trace = trace
    const table = columns(trace)
    this.latencyNs = launchLatencyNs(trace, table)
    this.table = {
      ...table,
      startNs: table.startNs.map((ns) => ns + shiftNs),
      endNs: table.endNs.map((ns) => ns + shiftNs),
    }
    this.kinds = activities(trace, operations, table.index, 'flowsim')
    this.#rows = new Uint32Array(table.count)
    for (let i = 0; i < table.count; i++) this.#rows[table.index[i]!] = i
    this.before = new Int32Array(table.count).fill(-1)
    const last = new Int32Array(table.lanes.length).fill(-1)
    for (let i = 0; i < table.count; i++) {
      const lane = table.lane[i]!
      const latest = last[lane]!
      this.before[i] = latest
      if (latest < 0 || table.endNs[i]! >= table.endNs[latest]!) last[lane] = i
    }
    this.byEnd = Uint32Array.from({ length: table.count }, (_, i) => i)
    const { endNs } = this.table
    this.byEnd.sort((a, b) => endNs[a]! - endNs[b]! || a - b)
    this.ends = Float64Array.from(this.byEnd, (i) => endNs[i]!)
    this.#collectCalls()
    this.waitsFor = this.#eventWaits()
  }

  rowOf(kernel: number): number {
    return this.#rows[kernel]!
  }

  launchOf(row: number): (Call & { thread: string }) | undefined {
    const { launch } = this.trace.kernels[this.table.index[row]!]!
    if (!launch) return undefined
    const startNs = launch.startNs + this.shiftNs
    return {
      thread: `${launch.pid}:${launch.tid}`,
      startNs,
      endNs: startNs + launch.durationNs,
      api: launch.api,
      stream: undefined,
    }
  }

  #collectCalls(): void {
    const add = (thread: string, call: Call) => {
      const entry = this.threads.get(thread)
      if (entry) entry.calls.push(call)
      else this.threads.set(thread, { calls: [call], startNs: new Float64Array() })
    }
    // Calls that launch are on their kernels; `hostCalls` may hold the others only, or all.
    const seen = new Set<string>()
    const addOnce = (thread: string, call: Call) => {
      const key = `${thread}:${call.startNs}`
      if (seen.has(key)) return
      seen.add(key)
      add(thread, call)
    }
    for (let i = 0; i < this.table.count; i++) {
      const launch = this.launchOf(i)
      if (launch) addOnce(launch.thread, launch)
    }
    for (const call of this.trace.hostCalls ?? []) {
      addOnce(`${call.pid}:${call.tid}`, this.#call(call))
    }
    for (const thread of this.threads.values()) {
      thread.calls.sort((a, b) => a.startNs - b.startNs)
      thread.startNs = Float64Array.from(thread.calls, ({ startNs }) => startNs)
    }
  }

  #call({ startNs, durationNs, api, stream }: HostCall): Call {
    const start = startNs + this.shiftNs
    return { startNs: start, endNs: start + durationNs, api, stream }
  }

  /** Waits between streams that the calls name: who waits, and for what had been launched where. */
  #eventWaits(): Int32Array {
    const waits = new Int32Array(this.table.count).fill(-1)
    const calls = [...(this.trace.hostCalls ?? [])].sort((a, b) => a.startNs - b.startNs)
    if (!calls.some(({ api }) => WAITS.test(api))) return waits
    const launched = this.#launchedByStream()
    const lastBefore = (stream: number | undefined, ns: number) => {
      const list = stream === undefined ? undefined : launched.get(stream)
      const place = list ? upperBound(list.startNs, ns + this.shiftNs) - 1 : -1
      return place < 0 ? -1 : list!.rows[place]!
    }
    const recordedAt = new Map<number, number>()
    for (const call of calls) {
      if (/EventRecord/.test(call.api)) {
        if (call.correlation !== undefined) recordedAt.set(call.correlation, call.startNs)
      } else if (WAITS.test(call.api)) {
        const recorded = recordedAt.get(call.waitsForCorrelation ?? -1) ?? call.startNs
        const source = lastBefore(call.waitsForStream, recorded)
        const list = launched.get(call.stream ?? -1)
        const row = list?.rows[lowerBound(list.startNs, call.startNs + this.shiftNs)]
        if (source < 0 || row === undefined) continue
        const known = waits[row]!
        if (known < 0 || this.table.endNs[source]! > this.table.endNs[known]!) waits[row] = source
      }
    }
    return waits
  }

  /** Rows of each stream in order of launch. */
  #launchedByStream(): Map<number, { rows: number[]; startNs: number[] }> {
    const launched = new Map<number, { rows: number[]; startNs: number[] }>()
    for (let i = 0; i < this.table.count; i++) {
      const launch = this.launchOf(i)
      if (!launch) continue
      const { stream } = this.table.lanes[this.table.lane[i]!]!
      const list = getOrAdd(launched, stream, () => ({ rows: [], startNs: [] }))
      list.rows.push(i)
      list.startNs.push(launch.startNs)
    }
    for (const list of launched.values()) {
      const order = list.rows.map((_, i) => i).sort((a, b) => list.startNs[a]! - list.startNs[b]!)
      list.rows = order.map((i) => list.rows[i]!)
      list.startNs = order.map((i) => list.startNs[i]!)
    }
    return launched
  }
}

/** What an activity waited for last. */
export type Release =
  | { by: 'launch'; launch: Call & { thread: string } }
  | { by: 'activity'; row: number; inferred: boolean }
  | { by: 'nothing' }

/** What an activity waited for last. */
export function released(side: RankSide, row: number): Release {
  const { table, before, waitsFor } = side
  const start = table.startNs[row]!
  let bestRow = before[row]!
  let best = bestRow < 0 ? -Infinity : Math.min(start, table.endNs[bestRow]!)
  const event = waitsFor[row]!
  // A row can only wait for one before it in order of start, which also ends the walk.
  if (event >= 0 && event < row && Math.min(start, table.endNs[event]!) > best) {
    bestRow = event
    best = Math.min(start, table.endNs[event]!)
  }
  const launch = side.launchOf(row)
  const issued = launch
    ? Math.min(start, launch.startNs + Math.min(side.latencyNs, start - launch.startNs))
    : -Infinity
  if (launch && issued > best && launch.startNs < start) {
    // Launched onto a free stream; a late start may still be due to another stream.
    const other = endedJustBefore(side, row, issued)
    return other >= 0 ? { by: 'activity', row: other, inferred: true } : { by: 'launch', launch }
  }
  if (event < 0) {
    const other = endedJustBefore(side, row, best)
    if (other >= 0) return { by: 'activity', row: other, inferred: true }
  }
  return bestRow < 0 ? { by: 'nothing' } : { by: 'activity', row: bestRow, inferred: false }
}

/**
 * The activity of another stream that ended last before this one started, if it ended after `afterNs`,
 * at most EVENT_NS earlier, and was launched before it.
 */
function endedJustBefore(side: RankSide, row: number, afterNs: number): number {
  const { table, byEnd, ends } = side
  const start = table.startNs[row]!
  const launched = side.launchOf(row)?.startNs ?? Infinity
  for (let e = upperBound(ends, start) - 1; e >= 0; e--) {
    const end = ends[e]!
    if (end <= afterNs || end < start - EVENT_NS) return -1
    const other = byEnd[e]!
    if (other >= row || table.lane[other] === table.lane[row]) continue
    if (table.lanes[table.lane[other]!]!.device !== table.lanes[table.lane[row]!]!.device) continue
    if ((side.launchOf(other)?.startNs ?? -Infinity) < launched) return other
  }
  return -1
}

/** The activity that a blocking call waited for: the last to end inside of it, launched before it. */
export function lastEndedIn(side: RankSide, call: Call, atNs: number): number {
  const { table, byEnd, ends } = side
  const until = Math.min(call.endNs, atNs)
  for (let e = upperBound(ends, until) - 1; e >= 0; e--) {
    if (ends[e]! <= call.startNs) return -1
    const row = byEnd[e]!
    if (call.stream !== undefined && table.lanes[table.lane[row]!]!.stream !== call.stream) continue
    // Activities without a launch were launched before the trace began.
    const launch = side.launchOf(row)
    if (launch && launch.startNs > call.startNs) continue
    const own = launch?.startNs === call.startNs
    if (/Memcpy|Memset/.test(call.api) && !own) continue
    return row
  }
  return -1
}
