// Two runs of the same work in one trace: each a separate group of processes, with a flow from every
// kernel of the first to its counterpart in the second. Both begin at the start of their first kernel.
import type { KernelTrace } from '@flowsim/trace-schema'
import { type ChromeEvent, microseconds } from './chrome-events.js'
import { isTrace } from './graph/ranked-traces.js'

/** How the runs are named in the viewer. */
export interface SideBySideOptions {
  /** Default `measured` and `predicted`. */
  labels?: readonly [string, string]
}

/**
 * The events of a trace that shows two runs side by side, of one rank or of several (in the same order in
 * both). Kernels are the same where rank, device, stream, name and correlation agree, in the order of their
 * start; those without a counterpart have no flow. The traces of a run share a clock, as those that
 * `timeline` makes do.
 *
 * Write them with `chromeTraceLines`.
 */
export function* sideBySide(
  measured: KernelTrace | readonly KernelTrace[],
  predicted: KernelTrace | readonly KernelTrace[],
  { labels = ['measured', 'predicted'] }: SideBySideOptions = {},
): Generator<ChromeEvent> {
  const processes = new Processes()
  const flows = new Flows()
  for (const [side, run] of [listOf(measured), listOf(predicted)].entries()) {
    const fromNs = run.reduce(
      (first, { kernels: [k] }) => Math.min(first, k?.startNs ?? Infinity),
      Infinity,
    )
    const startNs = fromNs === Infinity ? 0 : fromNs
    for (const [rank, trace] of run.entries()) {
      const place = { side, rank }
      yield* hostEvents(trace, startNs, place, processes)
      yield* kernelEvents(trace, startNs, place, processes, flows)
      const of = run.length === 1 ? '' : `rank ${trace.rank ?? rank}, `
      yield* processes.names(place, `${labels[side]}: ${of}`)
    }
  }
}

function listOf(input: KernelTrace | readonly KernelTrace[]): readonly KernelTrace[] {
  return isTrace(input) ? [input] : input
}

/** Run (0 measured, 1 predicted) and place of the rank in it. */
interface Place {
  side: number
  rank: number
}

function* hostEvents(
  trace: KernelTrace,
  startNs: number,
  place: Place,
  processes: Processes,
): Generator<ChromeEvent> {
  for (const span of trace.annotations) {
    const isDevice = span.on === 'device'
    const pid = processes.number(place, isDevice, span.pid)
    yield slice({
      name: span.name,
      cat: isDevice ? 'gpu_user_annotation' : 'user_annotation',
      pid,
      tid: span.tid,
      startNs: span.startNs - startNs,
      durationNs: span.durationNs,
    })
  }
  const seen = new Set<string>()
  for (const { api, pid, tid, startNs: at, durationNs, correlation } of callsOf(trace)) {
    const key = `${pid} ${tid} ${at} ${api}`
    if (seen.has(key)) continue
    seen.add(key)
    const args = correlation === undefined ? {} : { correlation }
    yield slice({
      name: api,
      cat: 'cuda_runtime',
      pid: processes.number(place, false, pid),
      tid,
      startNs: at - startNs,
      durationNs,
      args,
    })
  }
}

function* kernelEvents(
  trace: KernelTrace,
  startNs: number,
  place: Place,
  processes: Processes,
  flows: Flows,
): Generator<ChromeEvent> {
  const order = new Map<string, number>()
  for (const kernel of trace.kernels) {
    const { name, kind, device, stream, op, correlation, durationNs } = kernel
    const pid = processes.number(place, true, device)
    const args: Record<string, unknown> = { stream }
    if (op !== undefined) args.operator = op.name
    if (correlation !== undefined) args.correlation = correlation
    const atNs = kernel.startNs - startNs
    yield slice({
      name,
      cat: CATEGORIES[kind],
      pid,
      tid: stream,
      startNs: atNs,
      durationNs,
      args,
    })
    // The n-th kernel with the same identity in one run is the n-th in the other.
    const key = `${place.rank} ${device} ${stream} ${correlation ?? ''} ${name}`
    const n = order.get(key) ?? 0
    order.set(key, n + 1)
    const end = { pid, tid: stream, ts: microseconds(atNs) }
    if (place.side === 0) flows.from(key, end)
    else yield* flows.to(key, n, end)
  }
}

const CATEGORIES = {
  kernel: 'kernel',
  collective: 'kernel',
  memcpy: 'gpu_memcpy',
  memset: 'gpu_memset',
} as const

/** All runtime calls that a trace knows. */
function* callsOf({ hostCalls, kernels }: KernelTrace) {
  if (hostCalls !== undefined) yield* hostCalls
  for (const { launch, correlation } of kernels) {
    if (launch !== undefined) yield { ...launch, correlation }
  }
}

interface Slice {
  name: string
  cat: string
  pid: number
  tid: number | string
  startNs: number
  durationNs: number
  args?: Record<string, unknown>
}

function slice({ name, cat, pid, tid, startNs, durationNs, args = {} }: Slice): ChromeEvent {
  return {
    ph: 'X',
    cat,
    name,
    pid,
    tid,
    ts: microseconds(startNs),
    dur: microseconds(durationNs),
    args,
  }
}

interface FlowEnd {
  pid: number
  tid: number
  ts: number
}

/** Arrows from the kernels of one run to those of the other. */
class Flows {
  readonly #ends: FlowEnd[] = []
  readonly #byKey = new Map<string, number[]>()

  from(key: string, end: FlowEnd): void {
    const id = this.#ends.push(end) - 1
    const known = this.#byKey.get(key)
    if (known === undefined) this.#byKey.set(key, [id])
    else known.push(id)
  }

  /** The arrow to the n-th kernel with a key, if the other run has it. */
  *to(key: string, n: number, end: FlowEnd): Generator<ChromeEvent> {
    const id = this.#byKey.get(key)?.[n]
    if (id === undefined) return
    const what = { id, cat: 'replay', name: 'same kernel' }
    yield { ph: 's', ...what, ...this.#ends[id]! }
    yield { ph: 'f', ...what, ...end, bp: 'e' }
  }
}

/** Process numbers that do not collide between runs and ranks, and their names. */
class Processes {
  readonly #numbers = new Map<
    string,
    Place & { pid: number; isDevice: boolean; original: number | string }
  >()

  number(place: Place, isDevice: boolean, original: number | string): number {
    const key = `${place.side} ${place.rank} ${isDevice} ${original}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known.pid
    const pid = this.#numbers.size + 1
    this.#numbers.set(key, { ...place, pid, isDevice, original })
    return pid
  }

  *names({ side, rank }: Place, label: string): Generator<ChromeEvent> {
    for (const { pid, isDevice, original, ...of } of this.#numbers.values()) {
      if (of.side !== side || of.rank !== rank) continue
      const name = `${label}${isDevice ? 'GPU' : 'process'} ${original}`
      yield { ph: 'M', name: 'process_name', pid, tid: 0, args: { name } }
      // Devices first; of each rank the two runs next to each other.
      const sort_index = (isDevice ? 0 : 100_000) + 2 * rank + side
      yield { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index } }
    }
  }
}
