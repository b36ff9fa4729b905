// From columns to a KernelTrace: kernels in order of start, each linked to its launch by correlation
// and through it, by containment on the launching thread, to operator, frames and annotations.
import type { KernelTrace } from '@flowsim/trace-schema'
import type { EventColumns, TraceStore } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { buildKernels } from './build-kernels.js'
import { buildAnnotations, buildHostCalls } from './host-records.js'
import { hostSpans } from './host-spans.js'
import { leaveOutImpossible } from './impossible.js'
import { launchContexts, type StackMode } from './launch-contexts.js'
import { lostLaunches } from './lost-launches.js'
import { NumberMap } from './number-map.js'
import { Operators } from './operators.js'
import { type RowsByThread, rowsByThread } from './sweep.js'

/** What a trace is built with. */
export interface BuildOptions {
  source: string
  stacks: StackMode
  hostCalls: boolean
  /** Most operators and frames that are kept as spans. */
  hostSpans: number
  format: string
}

export function buildTrace(
  store: TraceStore,
  repairs: Repairs,
  options: BuildOptions,
): KernelTrace {
  const { header, spans } = store
  leaveOutImpossible(store, repairs)
  const origin = earliestStart(store)
  const operators = new Operators(store.operators, store.names, store.texts, repairs)
  const launches = launchRows(store)
  const contexts = launchContexts(
    store,
    operators,
    launchesByThread(store, launches),
    options.stacks,
    origin,
  )
  const kernels = buildKernels({ store, operators, launches, contexts, origin, repairs })
  const lost = lostLaunches(store, launches, repairs).map((start) => start - origin)
  return {
    schema: 'flowsim.kernel-trace/1',
    source: options.source,
    format: options.format,
    ...header,
    baseTimeNs: String(store.baseNs + BigInt(origin)),
    window: windowOf(spans, origin),
    eventCount: store.eventCount,
    repairs: repairs.list(),
    ...(lost.length > 0 ? { lostLaunchesNs: lost } : {}),
    annotations: buildAnnotations(store, origin),
    ...(options.hostCalls ? { hostCalls: buildHostCalls(store, origin) } : {}),
    ...(options.hostSpans > 0 ? { hostSpans: hostSpans(store, options.hostSpans, origin) } : {}),
    kernels,
  }
}

/** From the earliest start to the latest end. */
function windowOf(
  { start, duration, length }: EventColumns,
  origin: number,
): KernelTrace['window'] {
  if (length === 0) return null
  let first = Infinity
  let last = -Infinity
  for (let row = 0; row < length; row++) {
    first = Math.min(first, start.data[row]!)
    last = Math.max(last, start.data[row]! + duration.data[row]!)
  }
  return { startNs: first - origin, durationNs: last - first }
}

/** Start of the first kernel, call or annotation: the trace's time zero. */
function earliestStart(store: TraceStore): number {
  let origin = Infinity
  for (const columns of [store.device, store.runtime, store.annotations]) {
    const start = columns.start.data
    for (let row = 0; row < columns.length; row++) if (start[row]! < origin) origin = start[row]!
  }
  return Number.isFinite(origin) ? origin : 0
}

/** For each device activity the row of its launch, or -1. */
function launchRows(store: TraceStore): Int32Array {
  const { device, runtime, names } = store
  const byCorrelation = new NumberMap(runtime.correlation.data, runtime.length)
  for (let row = 0; row < runtime.length; row++) {
    const correlation = runtime.correlation.data[row]!
    if (correlation < 0) continue
    const other = byCorrelation.get(correlation)
    // A runtime call and the driver call within it can share a number: the one that launches counts.
    if (other < 0 || !isLaunch(names.text(runtime.name.data[other]!))) {
      byCorrelation.set(correlation, row)
    }
  }
  const rows = new Int32Array(device.length)
  for (let row = 0; row < device.length; row++) {
    rows[row] = byCorrelation.get(device.correlation.data[row]!)
  }
  return rows
}

function isLaunch(api: string): boolean {
  return /Launch|Memcpy|Memset/i.test(api)
}

function launchesByThread(store: TraceStore, launches: Int32Array): RowsByThread {
  const isUsed = new Uint8Array(store.runtime.length)
  for (let row = 0; row < launches.length; row++) {
    if (launches[row]! >= 0) isUsed[launches[row]!] = 1
  }
  return rowsByThread(store.runtime, (row) => isUsed[row] === 1)
}
