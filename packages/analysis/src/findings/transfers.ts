// Communication, copies and ranks that others wait for.
import { type KernelEvent, opWork } from '@flowsim/trace-schema'
import { collectives } from '../collectives.js'
import type { Measured, Measurement } from './measures.js'

/** Communication that nothing hides, with what most of it is. */
export function exposedCommunication({ trace, operations, budget }: Measured): Measurement | null {
  const { exposedCommunicationNs, communicationNs } = budget
  if (exposedCommunicationNs <= 0) return null
  const { calls, groups } = collectives(trace, operations)
  const [top] = [...groups].sort((a, b) => b.sumNs - a.sumNs)
  const longest = calls.reduce<(typeof calls)[number] | undefined>(
    (best, each) => (best === undefined || each.durationNs > best.durationNs ? each : best),
    undefined,
  )
  return {
    gainNs: exposedCommunicationNs,
    values: {
      hiddenNs: communicationNs - exposedCommunicationNs,
      kind: top?.kind.replaceAll('_', '-'),
      ranks: top?.ranks ?? undefined,
      bytes: top?.bytes ?? undefined,
      calls: top?.count,
      sumNs: top?.sumNs,
    },
    place: longest,
  }
}

/** Copies and fills by the driver that nothing hides. */
export function exposedTransfers({ trace, operations, budget }: Measured): Measurement | null {
  if (budget.exposedMemcpyNs <= 0) return null
  let [count, bytes, hostBytes] = [0, 0, 0]
  let longest: KernelEvent | undefined
  trace.kernels.forEach((event, k) => {
    if (event.kind !== 'memcpy' && event.kind !== 'memset') return
    const { call } = operations[k]!
    const written = call === undefined ? 0 : opWork(call).writeBytes
    count++
    bytes += written
    if (call?.op === 'memcpy' && /^host_to_device|device_to_host$/.test(call.direction)) {
      hostBytes += written
    }
    if (longest === undefined || event.durationNs > longest.durationNs) longest = event
  })
  return { gainNs: budget.exposedMemcpyNs, values: { count, bytes, hostBytes }, place: longest }
}

/** The rank that others wait for most. */
export function straggler({ stragglers = [] }: Measured): Measurement | null {
  const [worst] = [...stragglers].sort((a, b) => b.causedWaitNs - a.causedWaitNs)
  if (worst === undefined || worst.causedWaitNs <= 0 || stragglers.length < 2) return null
  return {
    // Each of the others waits for its part of it.
    gainNs: worst.causedWaitNs / (stragglers.length - 1),
    values: {
      rank: worst.rank,
      ranks: stragglers.length,
      last: worst.lastArrivals,
      count: worst.count,
      latenessNs: worst.meanLatenessNs,
    },
  }
}
