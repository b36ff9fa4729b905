// What went into a graph, and what had to be assumed.
import { EdgeKind, type ReplayGraph, type ReplayReport } from '../graph.js'
import type { Parts } from './assemble.js'

/** The report of a graph. */
export function report(
  { sides, findings, classes, matched, kernelCount, kernelMeeting }: Parts,
  edgeClass: Uint16Array,
  { communicates, isTransfer }: Pick<ReplayGraph, 'communicates' | 'isTransfer'>,
): ReplayReport {
  const counts = new Uint32Array(classes.list.length)
  for (let e = 0; e < edgeClass.length; e++) counts[edgeClass[e]!]!++
  const names = Object.values(EdgeKind).filter((name) => typeof name === 'string')
  const edgesByKind = Object.fromEntries(names.map((name) => [name, 0])) as Record<
    keyof typeof EdgeKind,
    number
  >
  classes.list.forEach(({ kind }, cls) => {
    edgesByKind[EdgeKind[kind] as keyof typeof EdgeKind] += counts[cls]!
  })
  let unmatched = 0
  for (let k = 0; k < kernelCount; k++)
    if (communicates[k] === 1 && kernelMeeting[k]! < 0) unmatched++
  const assumptions: string[] = []
  if (sides.some(({ trace }) => trace.hostCalls === undefined)) {
    assumptions.push(
      'runtime calls were not kept: synchronisation and events are unknown, host gaps keep the waits inside of them (parse with hostCalls)',
    )
  }
  if (findings.unlinked > 0) {
    assumptions.push(
      `${findings.unlinked} activities have no launch in the trace: they follow their stream with the measured gap`,
    )
  }
  const isOneSystem = sides.length === 1 || matched > 0 || ranAtOneTime(sides)
  if (sides.length > 1 && matched === 0) {
    const then = isOneSystem
      ? 'the end to end reaches from the first to the last of them'
      : 'and not at one time: there is no end to end'
    assumptions.push(
      `the ${sides.length} traces share no collective: they run side by side on their own clocks, ${then}`,
    )
  }
  const copies = sides.filter(({ copyOf }) => copyOf !== null)
  if (copies.length > 0) {
    const ranks = ranges(copies.map(({ rank }) => rank))
    const of = ranges(copies.map(({ copyOf }) => copyOf!))
    assumptions.push(
      `${copies.length === 1 ? `rank ${ranks} has` : `ranks ${ranks} have`} no trace and ${copies.length === 1 ? 'is' : 'are'} assumed symmetric, as a copy of rank ${of}; the whole measured time of a collective counts as its transfer between copies`,
    )
  }
  if (unmatched > 0) {
    assumptions.push(
      `${unmatched} collectives of which other ranks are missing: those are taken to arrive together with the rank that is here`,
    )
  }
  if (findings.unknownWaits > 0) {
    assumptions.push(
      `${findings.unknownWaits} waits of which the trace does not tell what for: they hold nothing back`,
    )
  }
  return {
    kernels: kernelCount - isTransfer.reduce((count, is) => count + is, 0),
    activities: kernelCount,
    calls: sides.reduce((sum, { calls }) => sum + calls.count, 0),
    edges: edgeClass.length,
    edgesByKind,
    unlinked: findings.unlinked,
    inferredWaits: findings.inferredWaits,
    unknownWaits: findings.unknownWaits,
    faultCount: findings.faultCount,
    faults: findings.faults,
    matchedCollectives: matched,
    unmatchedCollectives: unmatched,
    isOneSystem,
    assumptions,
  }
}

/** Whether the traces overlap on the clock that they count from, each with those before it. */
function ranAtOneTime(sides: Parts['sides']): boolean {
  const spans = sides
    .filter(({ count }) => count > 0)
    .map(({ startNs, endNs }) => ({
      from: startNs.reduce((first, ns) => Math.min(first, ns), Infinity),
      to: endNs.reduce((last, ns) => Math.max(last, ns), -Infinity),
    }))
    .sort((a, b) => a.from - b.from)
  let until = Infinity
  for (const { from, to } of spans) {
    if (from > until) return false
    until = until === Infinity ? to : Math.max(until, to)
  }
  return true
}

/** `0-2, 5` for 0, 1, 2 and 5. */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = []
  const sorted = [...new Set(numbers)].sort((a, b) => a - b)
  for (let i = 0; i < sorted.length; ) {
    let end = i
    while (sorted[end + 1] === sorted[end]! + 1) end++
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`)
    i = end + 1
  }
  return parts.join(', ')
}
