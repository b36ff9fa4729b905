// The page's data, decoded once into typed columns.
import { type PageKernelKind, type ReportPage, shortKernelName } from '@flowsim/trace-schema'

/** Kernels as columns, in order of start; times are nanoseconds after the window's start. */
export interface Model {
  page: ReportPage
  count: number
  start: Float64Array
  duration: Float64Array
  end: Float64Array
  kind: Uint32Array
  family: Uint8Array
  stream: Uint16Array
  /** −1 for none. */
  layer: Int32Array
  step: Int32Array
  /** NaN for none. */
  predicted: Float64Array
  /** Starts and ends in the replay with predicted times, from its own start; null without one. */
  replay: { start: Float64Array; end: Float64Array } | null
  /** Null where the trace records nothing of the host. */
  host: Host | null
}

/** Spans of the host as columns, by thread, in order of start, longer first. */
export interface Host {
  threads: string[]
  names: string[]
  thread: Uint16Array
  start: Float64Array
  end: Float64Array
  name: Uint32Array
  /** Place in HOST_KINDS. */
  kind: Uint8Array
  /** First span of each thread, and their number at the end. */
  firstOf: Uint32Array
}

/** Decodes what `renderReport` of @flowsim/report wrote. */
export function decode(page: ReportPage): Model {
  const { kernels, kinds } = page
  const count = kernels.duration.length
  const start = new Float64Array(count)
  const end = new Float64Array(count)
  const family = new Uint8Array(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    at += kernels.startDelta[i]!
    start[i] = at
    end[i] = at + kernels.duration[i]!
    family[i] = kinds[kernels.kind[i]!]!.family
  }
  const none = () => new Int32Array(count).fill(-1)
  const predicted = new Float64Array(count).fill(Number.NaN)
  if (kernels.predicted) {
    for (let i = 0; i < count; i++)
      if (kernels.predicted[i]! >= 0) predicted[i] = kernels.predicted[i]!
  }
  return {
    page,
    count,
    start,
    end,
    duration: new Float64Array(kernels.duration),
    kind: new Uint32Array(kernels.kind),
    family,
    stream: new Uint16Array(kernels.stream),
    layer: kernels.layer ? new Int32Array(kernels.layer) : none(),
    step: kernels.step ? new Int32Array(kernels.step) : none(),
    predicted,
    replay: replayTimes(page, predicted),
    host: hostOf(page),
  }
}

function hostOf({ host }: ReportPage): Host | null {
  if (!host) return null
  const { threads, names, thread, startDelta, duration } = host
  const start = new Float64Array(thread.length)
  const end = new Float64Array(thread.length)
  const firstOf = new Uint32Array(threads.length + 1)
  let at = 0
  for (let s = 0; s < thread.length; s++) {
    at += startDelta[s]!
    start[s] = at
    end[s] = at + duration[s]!
    const next = thread[s]! + 1
    firstOf[next] = firstOf[next]! + 1
  }
  for (let t = 0; t < threads.length; t++) firstOf[t + 1] = firstOf[t + 1]! + firstOf[t]!
  return {
    threads,
    names,
    thread: new Uint16Array(thread),
    start,
    end,
    name: new Uint32Array(host.name),
    kind: new Uint8Array(host.kind),
    firstOf,
  }
}

function replayTimes({ kernels }: ReportPage, predicted: Float64Array): Model['replay'] {
  const { replayStartDelta, replayDuration, duration } = kernels
  if (!replayStartDelta) return null
  const start = new Float64Array(predicted.length)
  const end = new Float64Array(predicted.length)
  let at = 0
  for (let i = 0; i < start.length; i++) {
    at += replayStartDelta[i]!
    start[i] = at
    const own = Number.isNaN(predicted[i]!) ? duration[i]! : predicted[i]!
    end[i] = at + (replayDuration?.[i] ?? own)
  }
  return { start, end }
}

/** Kind of a kernel. */
export function kindOf(model: Model, i: number): PageKernelKind {
  return model.page.kinds[model.kind[i]!]!
}

/** Text of an interned string; empty for none. */
export function text(model: Model, place: number): string {
  return place < 0 ? '' : model.page.strings[place]!
}

/** Operation as words: `all_reduce` is "all reduce". */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}

/** What a kernel is called in a narrow place: its operation, or its name when no rule knows it. */
export function label(model: Model, i: number): string {
  const { op, name } = kindOf(model, i)
  return op === null ? shortKernelName(text(model, name)) : words(op)
}
