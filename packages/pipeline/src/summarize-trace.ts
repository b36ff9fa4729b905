// What a trace holds, in numbers.
import { unionNs } from '@flowsim/analysis'
import {
  isKernel,
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  type ParseSummary,
} from '@flowsim/trace-schema'

/**
 * Counts and times of a parsed trace. `kernels` are GPU kernels, collectives among them; copies and
 * fills by the copy engines have their own entries.
 * @param operations - one for each kernel of the trace
 */
export function summarizeTrace(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  outputs: string[] = [],
): ParseSummary {
  const kernels: KernelEvent[] = []
  const known: KernelEvent[] = []
  const dimensioned: KernelEvent[] = []
  trace.kernels.forEach((event, i) => {
    if (!isKernel(event)) return
    const { op, call, auxiliary } = operations[i]!
    kernels.push(event)
    if (op !== null) known.push(event)
    if (call !== undefined || auxiliary === true) dimensioned.push(event)
  })
  const sumNs = totalNs(kernels)
  const share = (part: readonly KernelEvent[]) => ({
    count: part.length,
    timeShare: sumNs === 0 ? 0 : totalNs(part) / sumNs,
  })
  const transfers = (kind: KernelEvent['kind']) => {
    const found = trace.kernels.filter((event) => event.kind === kind)
    return {
      count: found.length,
      sumNs: totalNs(found),
      bytes: found.reduce((sum, event) => sum + (event.bytes ?? 0), 0),
    }
  }
  const unlinked = kernels.filter((event) => event.launch === undefined)
  return {
    schema: 'flowsim.parse-summary/1',
    source: trace.source,
    device: busiestDevice(trace)?.name || null,
    rank: trace.rank,
    worldSize: trace.worldSize,
    events: trace.eventCount,
    kernels: {
      count: kernels.length,
      uniqueNames: new Set(kernels.map(({ name }) => name)).size,
      sumNs,
      busyNs: unionNs(
        kernels.map(({ startNs }) => startNs),
        kernels.map(({ durationNs }) => durationNs),
      ),
      windowNs: windowNs(kernels),
    },
    memcpy: transfers('memcpy'),
    memset: transfers('memset'),
    known: { ...share(known), names: new Set(known.map(({ name }) => name)).size },
    dimensions: share(dimensioned),
    shapes: share(kernels.filter(({ shapesFrom }) => shapesFrom !== 'none')),
    unlinked: { count: unlinked.length, timeNs: totalNs(unlinked) },
    repairs: trace.repairs,
    outputs,
  }
}

/** The device that ran most kernels, as the trace describes it. */
export function busiestDevice(trace: KernelTrace): KernelTrace['devices'][number] | undefined {
  const counts = new Map<number, number>()
  for (const { device } of trace.kernels) counts.set(device, (counts.get(device) ?? 0) + 1)
  const [busiest] = [...counts].sort((a, b) => b[1] - a[1])
  return trace.devices.find(({ id }) => id === busiest?.[0])
}

/** Sum of durations. */
export function totalNs(events: readonly KernelEvent[]): number {
  return events.reduce((sum, { durationNs }) => sum + durationNs, 0)
}

function endNs({ startNs, durationNs }: KernelEvent): number {
  return startNs + durationNs
}

function windowNs(events: readonly KernelEvent[]): number {
  let first = Infinity
  let last = -Infinity
  for (const event of events) {
    first = Math.min(first, event.startNs)
    last = Math.max(last, endNs(event))
  }
  return last > first ? last - first : 0
}
