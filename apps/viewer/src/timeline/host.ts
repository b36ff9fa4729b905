// The threads of the host: their spans in rows by depth, and what a thread did in a stretch of time.
import { HOST_KINDS } from '@flowsim/trace-schema'
import type { Host, Model } from '../model.js'

/** How much of the host is drawn. */
export type HostDetail = 'none' | 'operators' | 'frames'

/** A thread in rows: row d holds spans inside of d others, as places in the model's host, in order of start. */
export interface HostLane {
  label: string
  thread: number
  rows: Uint32Array[]
}

const FRAME = HOST_KINDS.indexOf('frame')
const CALL = HOST_KINDS.indexOf('call')
/** Threads that are drawn, and rows of each. */
export const MOST_THREADS = 6
const MOST_ROWS = { operators: 10, frames: 48 }

/** The threads that are drawn, those with the most launches first. */
export function hostLanes({ host }: Model, detail: HostDetail): HostLane[] {
  if (!host || detail === 'none') return []
  const lanes: HostLane[] = []
  for (let first = 0; first < host.start.length; ) {
    const thread = host.thread[first]!
    let last = first
    while (last < host.start.length && host.thread[last] === thread) last++
    const rows = rowsOf(host, first, last, detail)
    if (rows.length > 0 && lanes.length < MOST_THREADS) {
      lanes.push({ label: `thread ${host.threads[thread]!}`, thread, rows })
    }
    first = last
  }
  return lanes
}

function rowsOf(
  { start, end, kind }: Host,
  first: number,
  last: number,
  detail: 'operators' | 'frames',
): Uint32Array[] {
  const rows: number[][] = []
  const open: number[] = []
  for (let s = first; s < last; s++) {
    if (detail === 'operators' && kind[s] === FRAME) continue
    while (open.length > 0 && end[open.at(-1)!]! <= start[s]!) open.pop()
    const depth = open.length
    open.push(s)
    if (depth < MOST_ROWS[detail]) {
      rows[depth] ??= []
      rows[depth]!.push(s)
    }
  }
  return rows.map((row) => Uint32Array.from(row))
}

/** Place in a row of the first span that ends after a time. */
export function firstSpanAfter({ end }: Host, row: Uint32Array, ns: number): number {
  let low = 0
  let high = row.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (end[row[middle]!]! < ns) low = middle + 1
    else high = middle
  }
  return low
}

/** Time of a thread in a stretch by the innermost thing that ran, the longest first; `name` null for nothing. */
export interface HostShare {
  name: string | null
  kind: (typeof HOST_KINDS)[number] | null
  ns: number
}

/** What a thread did from `from` to `to`. */
export function hostDuring(host: Host, thread: number, from: number, to: number): HostShare[] {
  const sums = new Map<number, number>()
  const open: number[] = []
  let cursor = from
  const spend = (until: number) => {
    const at = Math.min(to, until)
    if (at <= cursor) return
    const of = open.at(-1) ?? -1
    const key = of < 0 ? -1 : host.name[of]! * HOST_KINDS.length + host.kind[of]!
    sums.set(key, (sums.get(key) ?? 0) + at - cursor)
    cursor = at
  }
  const close = (until: number) => {
    while (open.length > 0 && host.end[open.at(-1)!]! <= until) {
      spend(host.end[open.at(-1)!]!)
      open.pop()
    }
  }
  for (let s = host.firstOf[thread]!; s < host.firstOf[thread + 1]!; s++) {
    if (host.start[s]! >= to) break
    if (host.end[s]! <= from) continue
    close(host.start[s]!)
    spend(host.start[s]!)
    open.push(s)
  }
  close(to)
  spend(to)
  return [...sums]
    .map(([key, ns]): HostShare => {
      if (key < 0) return { name: null, kind: null, ns }
      const name = host.names[Math.floor(key / HOST_KINDS.length)]!
      return { name, kind: HOST_KINDS[key % HOST_KINDS.length]!, ns }
    })
    .sort((a, b) => b.ns - a.ns)
}

/** The span of the call that launched a kernel; −1 where the page has none. */
export function launchOf(model: Model, kernel: number): number {
  const lead = model.page.kernels.launchLead[kernel]!
  const { host } = model
  if (lead < 0 || !host) return -1
  const at = model.start[kernel]! - lead
  for (let thread = 0; thread < host.threads.length; thread++) {
    const last = host.firstOf[thread + 1]!
    for (let s = firstAt(host.start, host.firstOf[thread]!, last, at); s < last; s++) {
      if (host.start[s] !== at) break
      if (host.kind[s] === CALL) return s
    }
  }
  return -1
}

/** The first kernel that a call launched; −1 for none. One pass over all, for a click. */
export function launchedBy(model: Model, span: number): number {
  const { host, start, page } = model
  if (!host || host.kind[span] !== CALL) return -1
  const { launchLead } = page.kernels
  const at = host.start[span]!
  for (let i = 0; i < model.count; i++) {
    if (launchLead[i]! >= 0 && start[i]! - launchLead[i]! === at) return i
  }
  return -1
}

/** First place from `low` to `high` whose value is at least `least`, in values in order; `high` for none. */
export function firstAt(
  values: ArrayLike<number>,
  low: number,
  high: number,
  least: number,
): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

/** What the host did before a kernel started, in a stretch: on the thread that launched it, else the busiest. */
export function hostBefore(
  model: Model,
  from: number,
  to: number,
  kernel: number,
): { thread: string; shares: HostShare[] } | null {
  const { host } = model
  if (!host) return null
  const launch = kernel < 0 ? -1 : launchOf(model, kernel)
  const thread = launch < 0 ? 0 : host.thread[launch]!
  return { thread: host.threads[thread]!, shares: hostDuring(host, thread, from, to) }
}

/** Shares of a stretch in words: the longest, and how much no record tells. */
export function shareWords(shares: readonly HostShare[], lengthNs: number, most = 3): string[] {
  const percent = (ns: number) => `${Math.round((ns / Math.max(1, lengthNs)) * 100)} %`
  const named = shares.filter(({ name }) => name !== null)
  const nothing = shares.find(({ name }) => name === null)
  const words = named
    .slice(0, most)
    .filter(({ ns }) => ns >= 0.01 * lengthNs)
    .map(({ name, ns }) => `${name} ${percent(ns)}`)
  if (nothing && nothing.ns >= 0.01 * lengthNs)
    words.push(`nothing recorded ${percent(nothing.ns)}`)
  return words
}

/** Name of a span. */
export function spanName({ host }: Model, span: number): string {
  return host!.names[host!.name[span]!]!
}
