// The runtime calls of one rank that launch or wait, in order of start.
import {
  CallRole,
  callRole,
  type HostCall,
  type KernelTrace,
  putsWork,
} from '@flowsim/trace-schema'
import type { Interner } from './interner.js'
import { NumberMap } from './number-map.js'

/** Calls in columns, in order of start. Times are on the trace's own clock. */
export interface CallTable extends CallColumns {
  count: number
  threads: readonly Thread[]
  /** Calls of each thread in order of start: `byThread[threadStart[t]]` to `byThread[threadStart[t + 1]]`. */
  threadStart: Uint32Array
  byThread: Uint32Array
  /** Call of each kernel; −1 where it has no launch. */
  callOf: Int32Array
  /** First kernel of each call, and the next kernel of the same call; −1 for none. */
  firstKernel: Int32Array
  nextKernel: Int32Array
}

/** A thread of the host. */
export interface Thread {
  pid: number | string
  tid: number | string
}

interface CallColumns {
  startNs: Float64Array
  endNs: Float64Array
  thread: Uint32Array
  api: Uint16Array
  role: Uint8Array
  /** Index in `hostCalls`; −1 for calls that only their kernels name. */
  hostCall: Int32Array
}

/** Collects the calls of a trace. `apis` numbers their names across ranks. */
export function callTable(trace: KernelTrace, apis: Interner): CallTable {
  const names: Names = { apis, roles: new Roles(apis), threads: new Threads() }
  const { roles, threads } = names
  const calls = trace.hostCalls ?? []
  const kept = new Uint32Array(calls.length)
  let count = 0
  for (let i = 0; i < calls.length; i++) {
    if (roles.of(calls[i]!.api) !== CallRole.Other) kept[count++] = i
  }
  let columns = makeColumns(count)
  const byCorrelation = new NumberMap(correlations(calls, kept.subarray(0, count)))
  for (let i = 0; i < count; i++) {
    const call = calls[kept[i]!]!
    const role = roles.of(call.api)
    columns.startNs[i] = call.startNs
    columns.endNs[i] = call.startNs + Math.max(0, call.durationNs)
    columns.thread[i] = threads.number(call.pid, call.tid)
    columns.api[i] = apis.add(call.api)
    columns.role[i] = role
    columns.hostCall[i] = kept[i]!
    if (call.correlation === undefined) continue
    // A runtime call and the driver call within it can share a number: the one that launches counts.
    const known = byCorrelation.get(call.correlation)
    if (known < 0 || !putsWork(columns.role[known]!)) byCorrelation.set(call.correlation, i)
  }
  const callOf = new Int32Array(trace.kernels.length).fill(-1)
  const orphans: number[] = []
  trace.kernels.forEach(({ launch, correlation }, k) => {
    if (launch === undefined) return
    const known = correlation === undefined ? -1 : byCorrelation.get(correlation)
    if (known >= 0 && columns.startNs[known] === launch.startNs) callOf[k] = known
    else orphans.push(k)
  })
  if (orphans.length > 0) columns = addOrphans(trace, orphans, columns, callOf, names)
  return toTable(columns, callOf, threads.list)
}

function* correlations(calls: readonly HostCall[], kept: Uint32Array): Generator<number> {
  for (let i = 0; i < kept.length; i++) {
    const { correlation } = calls[kept[i]!]!
    if (correlation !== undefined) yield correlation
  }
}

/** Numbers for what calls name. */
interface Names {
  apis: Interner
  roles: Roles
  threads: Threads
}

/** Adds the calls that only their kernels name. */
function addOrphans(
  { kernels }: KernelTrace,
  orphans: readonly number[],
  known: CallColumns,
  callOf: Int32Array,
  { apis, roles, threads }: Names,
): CallColumns {
  const first = known.startNs.length
  const numbers = new Map<string, number>()
  const owners: number[] = []
  for (const k of orphans) {
    const { pid, tid, startNs } = kernels[k]!.launch!
    const place = `${pid} ${tid} ${startNs}`
    let call = numbers.get(place)
    if (call === undefined) {
      call = first + owners.length
      numbers.set(place, call)
      owners.push(k)
    }
    callOf[k] = call
  }
  const columns = makeColumns(first + owners.length)
  for (const name of COLUMNS) columns[name].set(known[name])
  owners.forEach((k, i) => {
    const { api, pid, tid, startNs, durationNs } = kernels[k]!.launch!
    const c = first + i
    const role = roles.of(api)
    columns.startNs[c] = startNs
    columns.endNs[c] = startNs + Math.max(0, durationNs)
    columns.thread[c] = threads.number(pid, tid)
    columns.api[c] = apis.add(api)
    columns.role[c] = putsWork(role) ? role : CallRole.Launch
    columns.hostCall[c] = -1
  })
  return columns
}

const COLUMNS = [
  'startNs',
  'endNs',
  'thread',
  'api',
  'role',
  'hostCall',
] as const satisfies readonly (keyof CallColumns)[]

function makeColumns(count: number): CallColumns {
  return {
    startNs: new Float64Array(count),
    endNs: new Float64Array(count),
    thread: new Uint32Array(count),
    api: new Uint16Array(count),
    role: new Uint8Array(count),
    hostCall: new Int32Array(count),
  }
}

function toTable(found: CallColumns, callOf: Int32Array, threads: readonly Thread[]): CallTable {
  const count = found.startNs.length
  const columns = sortedByStart(found, callOf)
  const firstKernel = new Int32Array(count).fill(-1)
  const nextKernel = new Int32Array(callOf.length).fill(-1)
  for (let k = callOf.length - 1; k >= 0; k--) {
    const call = callOf[k]!
    if (call < 0) continue
    nextKernel[k] = firstKernel[call]!
    firstKernel[call] = k
  }
  const groups = groupByThread(columns.thread, threads.length)
  return { count, ...columns, ...groups, threads, callOf, firstKernel, nextKernel }
}

/** Columns in order of start, outer calls first. */
function sortedByStart(columns: CallColumns, callOf: Int32Array): CallColumns {
  const { startNs, endNs } = columns
  const count = startNs.length
  let sorted = true
  for (let i = 1; i < count && sorted; i++) sorted = startNs[i]! >= startNs[i - 1]!
  if (sorted) return columns
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => startNs[a]! - startNs[b]! || endNs[b]! - endNs[a]! || a - b,
  )
  const result = makeColumns(count)
  for (const name of COLUMNS) {
    for (let i = 0; i < count; i++) result[name][i] = columns[name][order[i]!]!
  }
  const place = new Uint32Array(count)
  for (let i = 0; i < count; i++) place[order[i]!] = i
  for (let k = 0; k < callOf.length; k++) if (callOf[k]! >= 0) callOf[k] = place[callOf[k]!]!
  return result
}

function groupByThread(
  thread: Uint32Array,
  threads: number,
): Pick<CallTable, 'threadStart' | 'byThread'> {
  const threadStart = new Uint32Array(threads + 1)
  for (const t of thread) threadStart[t + 1]!++
  for (let t = 0; t < threads; t++) threadStart[t + 1]! += threadStart[t]!
  const next = threadStart.slice()
  const byThread = new Uint32Array(thread.length)
  for (let i = 0; i < thread.length; i++) byThread[next[thread[i]!]!++] = i
  return { threadStart, byThread }
}

/** Roles of APIs, judged once each; most calls are to the same few. */
class Roles {
  readonly #known: CallRole[] = []
  #lastApi = ''
  #lastRole = CallRole.Other

  constructor(private readonly apis: Interner) {}

  of(api: string): CallRole {
    if (api !== this.#lastApi) {
      this.#lastApi = api
      this.#lastRole = this.#find(api)
    }
    return this.#lastRole
  }

  #find(api: string): CallRole {
    const number = this.apis.add(api)
    const known = this.#known[number]
    if (known !== undefined) return known
    const role = callRole(api)
    this.#known[number] = role
    return role
  }
}

/** Numbers of threads; calls of one thread mostly come together. */
class Threads {
  readonly list: Thread[] = []
  readonly #numbers = new Map<number | string, Map<number | string, number>>()
  #last = -1

  number(pid: number | string, tid: number | string): number {
    const last = this.list[this.#last]
    if (last !== undefined && last.tid === tid && last.pid === pid) return this.#last
    let ofProcess = this.#numbers.get(pid)
    if (ofProcess === undefined) {
      ofProcess = new Map()
      this.#numbers.set(pid, ofProcess)
    }
    const known = ofProcess.get(tid)
    this.#last = known ?? this.list.push({ pid, tid }) - 1
    if (known === undefined) ofProcess.set(tid, this.#last)
    return this.#last
  }
}
