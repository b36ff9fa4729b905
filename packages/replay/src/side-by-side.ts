// Two runs of the same work in one trace: each a group of processes of its own, with a flow from every
// kernel of the first to its counterpart in the second. Both begin at the start of their first kernel.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { type ChromeEvent, microseconds } from './chrome-events.js'

/** How the runs are named in the viewer. */
export interface SideBySideOptions {
  /** Default `measured` and `predicted`. */
  labels?: readonly [string, string]
}

/**
 * The events of a trace that shows two runs side by side. Kernels are the same where device, stream, name
 * and correlation agree, in the order of their start; those without a counterpart have no flow.
 *
 * Write them with `chromeTraceLines`.
 */
export function* sideBySide(
  measured: KernelTrace,
  predicted: KernelTrace,
  { labels = ['measured', 'predicted'] }: SideBySideOptions = {},
): Generator<ChromeEvent> {
  const sides = [side(measured, labels[0], 0), side(predicted, labels[1], 1)] as const
  const [processes, counterparts] = [new Processes(), new Map<string, number[]>()]
  for (const { trace, label, number, startNs } of sides) {
    for (const span of trace.annotations) {
      const isDevice = span.on === 'device'
      const pid = processes.number(number, isDevice, span.pid)
      yield slice(
        span.name,
        isDevice ? 'gpu_user_annotation' : 'user_annotation',
        pid,
        span.tid,
        span.startNs - startNs,
        span.durationNs,
      )
    }
    const seen = new Set<string>()
    for (const { api, pid, tid, startNs: at, durationNs, correlation } of callsOf(trace)) {
      const key = `${pid} ${tid} ${at} ${api}`
      if (seen.has(key)) continue
      seen.add(key)
      const args = correlation === undefined ? {} : { correlation }
      yield slice(
        api,
        'cuda_runtime',
        processes.number(number, false, pid),
        tid,
        at - startNs,
        durationNs,
        args,
      )
    }
    const order = new Map<string, number>()
    for (const kernel of trace.kernels) {
      const pid = processes.number(number, true, kernel.device)
      const args: Record<string, unknown> = { stream: kernel.stream }
      if (kernel.op !== undefined) args.operator = kernel.op.name
      if (kernel.correlation !== undefined) args.correlation = kernel.correlation
      const at = kernel.startNs - startNs
      yield slice(
        kernel.name,
        CATEGORIES[kernel.kind],
        pid,
        kernel.stream,
        at,
        kernel.durationNs,
        args,
      )
      // The n-th kernel with the same identity on one side is the n-th on the other.
      const key = identity(kernel)
      const n = order.get(key) ?? 0
      order.set(key, n + 1)
      if (number === 0) {
        const ids = counterparts.get(key)
        if (ids === undefined) counterparts.set(key, [processes.nextFlow(pid, kernel.stream, at)])
        else ids.push(processes.nextFlow(pid, kernel.stream, at))
        continue
      }
      const id = counterparts.get(key)?.[n]
      if (id === undefined) continue
      const from = processes.flows[id]!
      yield { ph: 's', id, cat: 'replay', name: 'same kernel', ...from }
      yield {
        ph: 'f',
        id,
        cat: 'replay',
        name: 'same kernel',
        pid,
        tid: kernel.stream,
        ts: microseconds(at),
        bp: 'e',
      }
    }
    yield* processes.names(number, label)
  }
}

const CATEGORIES = {
  kernel: 'kernel',
  collective: 'kernel',
  memcpy: 'gpu_memcpy',
  memset: 'gpu_memset',
} as const

function side(trace: KernelTrace, label: string, number: 0 | 1) {
  return { trace, label, number, startNs: trace.kernels[0]?.startNs ?? 0 }
}

function identity({ device, stream, name, correlation }: KernelEvent): string {
  return `${device} ${stream} ${correlation ?? ''} ${name}`
}

/** All runtime calls that a trace knows. */
function* callsOf({ hostCalls, kernels }: KernelTrace) {
  if (hostCalls !== undefined) yield* hostCalls
  for (const { launch, correlation } of kernels) {
    if (launch !== undefined) yield { ...launch, correlation }
  }
}

function slice(
  name: string,
  cat: string,
  pid: number,
  tid: number | string,
  startNs: number,
  durationNs: number,
  args: Record<string, unknown> = {},
): ChromeEvent {
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

/** Process numbers that do not collide between the sides, their names, and the flows between them. */
class Processes {
  readonly flows: { pid: number; tid: number; ts: number }[] = []
  readonly #numbers = new Map<
    string,
    { pid: number; side: number; isDevice: boolean; original: number | string }
  >()

  number(side: number, isDevice: boolean, original: number | string): number {
    const key = `${side} ${isDevice} ${original}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known.pid
    const pid = this.#numbers.size + 1
    this.#numbers.set(key, { pid, side, isDevice, original })
    return pid
  }

  /** Number of a flow that begins here. */
  nextFlow(pid: number, tid: number, atNs: number): number {
    return this.flows.push({ pid, tid, ts: microseconds(atNs) }) - 1
  }

  *names(side: number, label: string): Generator<ChromeEvent> {
    for (const { pid, side: of, isDevice, original } of this.#numbers.values()) {
      if (of !== side) continue
      const name = `${label}: ${isDevice ? 'GPU' : 'process'} ${original}`
      yield { ph: 'M', name: 'process_name', pid, tid: 0, args: { name } }
      // Devices first, the two runs next to each other.
      const sort_index = (isDevice ? 0 : 100) + side
      yield { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index } }
    }
  }
}
