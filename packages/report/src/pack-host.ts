// The threads of the host as columns of small integers: annotations, operators, Python frames and runtime calls. Where
// there are too many for a page the longest are kept, and the page says how many are not there.
import { HOST_KINDS, type KernelTrace, type PageHost } from '@flowsim/trace-schema'
import { Interner } from './interner.js'

/** Most spans of a page: with them it stays below 5 MB more. */
const MOST = 150_000

interface Span {
  thread: number
  start: number
  duration: number
  name: number
  kind: number
}

/** What the trace knows of the host from the first launch to the end of the window; null for nothing. */
export function packHost(trace: KernelTrace, windowNs: number, lengthNs: number): PageHost | null {
  let fromNs = windowNs
  const toNs = windowNs + lengthNs
  const threads = new Interner<string>()
  const names = new Interner()
  const launches: number[] = []
  let spans: Span[] = []
  const add = (
    kind: (typeof HOST_KINDS)[number],
    name: string,
    at: { pid: number | string; tid: number | string; startNs: number; durationNs: number },
  ) => {
    const { pid, tid, startNs: start, durationNs: duration } = at
    if (start + duration < fromNs || start > toNs) return
    const thread = threads.add(`${pid} ${tid}`)
    spans.push({ thread, start, duration, name: names.add(name), kind: HOST_KINDS.indexOf(kind) })
  }
  for (const { launch } of trace.kernels) {
    if (!launch) continue
    const thread = threads.add(`${launch.pid} ${launch.tid}`)
    launches[thread] = (launches[thread] ?? 0) + 1
    fromNs = Math.min(fromNs, launch.startNs)
  }
  for (const each of trace.annotations) if (each.on === 'host') add('annotation', each.name, each)
  const calls = trace.hostCalls ?? new Set(trace.kernels.flatMap(({ launch }) => launch ?? []))
  for (const call of calls) add('call', call.api, call)
  const own = trace.hostSpans
  own?.startNs.forEach((startNs, i) => {
    const { pid, tid } = own.threads[own.thread[i]!]!
    add(own.kind[i]!, own.names[own.name[i]!]!, {
      pid,
      tid,
      startNs,
      durationNs: own.durationNs[i]!,
    })
  })
  if (spans.length === 0) return null
  let leftOut = own?.leftOut ?? null
  if (spans.length > MOST) {
    const byLength = spans.toSorted((a, b) => b.duration - a.duration)
    const shorterThanNs = byLength[MOST - 1]!.duration
    leftOut = {
      count: (leftOut?.count ?? 0) + spans.length - MOST,
      shorterThanNs: Math.max(leftOut?.shorterThanNs ?? 0, shorterThanNs),
    }
    spans = byLength.slice(0, MOST)
  }
  const order = threads.values
    .map((_, thread) => thread)
    .sort((a, b) => (launches[b] ?? 0) - (launches[a] ?? 0) || a - b)
  const rank = new Int32Array(order.length)
  order.forEach((thread, at) => {
    rank[thread] = at
  })
  spans.sort(
    (a, b) => rank[a.thread]! - rank[b.thread]! || a.start - b.start || b.duration - a.duration,
  )
  const page: PageHost = {
    threads: order.map((thread) => threads.values[thread]!.split(' ').at(-1)!),
    names: names.values,
    thread: [],
    startDelta: [],
    duration: [],
    name: [],
    kind: [],
    leftOut,
  }
  return { ...page, ...columnsOf(spans, rank, windowNs) }
}

function columnsOf(spans: readonly Span[], rank: Int32Array, windowNs: number) {
  return {
    thread: spans.map(({ thread }) => rank[thread]!),
    startDelta: spans.map(({ start }, i) => start - (i > 0 ? spans[i - 1]!.start : windowNs)),
    duration: spans.map(({ duration }) => duration),
    name: spans.map(({ name }) => name),
    kind: spans.map(({ kind }) => kind),
  }
}
