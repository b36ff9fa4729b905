// What the host recorded beside its operators: annotations and runtime calls.
import type { AnnotationSpan, HostCall } from '@flowsim/trace-schema'
import type { TraceStore } from '../collect/trace-store.js'
import { unescapeJson } from '../scan/lenient-json.js'

/** Annotations by their starts, longer ones first. */
export function buildAnnotations(store: TraceStore, origin: number): AnnotationSpan[] {
  const { annotations, threads, names } = store
  const spans = Array.from({ length: annotations.length }, (_, row): AnnotationSpan => {
    const thread = annotations.thread.data[row]!
    return {
      name: unescapeJson(names.text(annotations.name.data[row]!)),
      on: annotations.onDevice.data[row] === 1 ? 'device' : 'host',
      pid: threads.pid(thread),
      tid: threads.tid(thread),
      startNs: annotations.start.data[row]! - origin,
      durationNs: annotations.duration.data[row]!,
    }
  })
  return spans.sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs)
}

const NO_SYNCHRONIZATION = { stream: -1, waitsForStream: -1, waitsForCorrelation: -1 }

/** Runtime calls by their starts, longer ones first. */
export function buildHostCalls(store: TraceStore, origin: number): HostCall[] {
  const { runtime, threads, names } = store
  const calls = Array.from({ length: runtime.length }, (_, row): HostCall => {
    const thread = runtime.thread.data[row]!
    const correlation = runtime.correlation.data[row]!
    const { stream, waitsForStream, waitsForCorrelation } =
      store.synchronizations.get(correlation) ?? NO_SYNCHRONIZATION
    const call: HostCall = {
      api: names.text(runtime.name.data[row]!),
      pid: threads.pid(thread),
      tid: threads.tid(thread),
      startNs: runtime.start.data[row]! - origin,
      durationNs: runtime.duration.data[row]!,
    }
    if (correlation >= 0) call.correlation = correlation
    if (stream >= 0) call.stream = stream
    if (waitsForStream >= 0) call.waitsForStream = waitsForStream
    if (waitsForCorrelation >= 0) call.waitsForCorrelation = waitsForCorrelation
    return call
  })
  return calls.sort((a, b) => a.startNs - b.startNs || b.durationNs - a.durationNs)
}
