// What went into a graph, and what had to be assumed.
import { EdgeKind, type ReplayReport } from '../graph.js'
import type { Parts } from './assemble.js'

/** The report of a graph. */
export function report(
  { sides, findings, classes, matched, kernelCount, kernelMeeting }: Parts,
  edgeClass: Uint16Array,
  communicates: Uint8Array,
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
      `${findings.unlinked} kernels have no launch in the trace: they follow their stream with the measured gap`,
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
    kernels: kernelCount,
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
    assumptions,
  }
}
