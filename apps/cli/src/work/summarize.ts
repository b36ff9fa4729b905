// The summary of a parsed trace.
import { unionNs } from '@flowsim/analysis'
import {
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  type ParseSummary,
  schemaTag,
} from '@flowsim/trace-schema'

type Kind = 'memcpy' | 'memset'

/** Counts and times of a trace; `kernels` counts GPU kernels, collectives among them. */
export function summarize(
  { kernels: events, ...trace }: KernelTrace,
  operations: readonly KernelOperation[],
  outputs: string[],
): ParseSummary {
  const kernels: KernelEvent[] = []
  const known: KernelEvent[] = []
  const dimensioned: KernelEvent[] = []
  events.forEach((event, i) => {
    if (!isKernel(event)) return
    kernels.push(event)
    if (operations[i]!.op !== null) known.push(event)
    if (operations[i]!.call !== undefined || operations[i]!.auxiliary === true) {
      dimensioned.push(event)
    }
  })
  const sumNs = total(kernels)
  const share = (part: KernelEvent[]) => ({
    count: part.length,
    timeShare: sumNs === 0 ? 0 : total(part) / sumNs,
  })
  const transfers = (kind: Kind) => {
    const found = events.filter((event) => event.kind === kind)
    return {
      count: found.length,
      sumNs: total(found),
      bytes: found.reduce((sum, event) => sum + (event.bytes ?? 0), 0),
    }
  }
  const unlinked = events.filter((event) => event.launch === undefined)
  return {
    schema: schemaTag('parse-summary') as 'flowsim.parse-summary/1',
    source: trace.source,
    device: deviceName(trace.devices, kernels),
    rank: trace.rank,
    worldSize: trace.worldSize,
    events: trace.eventCount,
    kernels: {
      count: kernels.length,
      uniqueNames: new Set(kernels.map(({ name }) => name)).size,
      sumNs,
      busyNs: unionNs(
        kernels.map(({ startNs }) => startNs),
        kernels.map(({ startNs, durationNs }) => startNs + durationNs),
      ),
      windowNs: windowNs(kernels),
    },
    memcpy: transfers('memcpy'),
    memset: transfers('memset'),
    known: { ...share(known), names: new Set(known.map(({ name }) => name)).size },
    dimensions: share(dimensioned),
    shapes: share(kernels.filter(({ shapesFrom }) => shapesFrom !== 'none')),
    unlinked: { count: unlinked.length, timeNs: total(unlinked) },
    repairs: trace.repairs,
    outputs,
  }
}

/** Whether an activity is a kernel: not a copy or fill by the copy engines. */
export function isKernel(event: KernelEvent): boolean {
  return event.kind === 'kernel' || event.kind === 'collective'
}

function total(events: readonly KernelEvent[]): number {
  return events.reduce((sum, event) => sum + event.durationNs, 0)
}

function windowNs(events: readonly KernelEvent[]): number {
  let first = Infinity
  let last = -Infinity
  for (const { startNs, durationNs } of events) {
    first = Math.min(first, startNs)
    last = Math.max(last, startNs + durationNs)
  }
  return last > first ? last - first : 0
}

/** Name of the device that ran most kernels; null where the driver reports none. */
function deviceName(
  devices: KernelTrace['devices'],
  kernels: readonly KernelEvent[],
): string | null {
  const counts = new Map<number, number>()
  for (const { device } of kernels) counts.set(device, (counts.get(device) ?? 0) + 1)
  const [id] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? []
  const name = devices.find((device) => device.id === id)?.name
  return name === undefined || name === '' ? null : name
}
