// Simulated kernels to those of a trace. A log tells the launch's header (mangled name, grid, block, registers, shared
// memory), a trace the same with names as people read them. One simulated launch stands for all like it; several,
// for as many in the same order. Where the counts differ nobody knows which is which, and nothing is joined.
import type { KernelTrace } from '@flowsim/trace-schema'
import { launchKey, sameResources } from './launch-key.js'
import type { AccelSimKernel, L2State } from './log.js'

/** The simulated time of one kernel of a trace. */
export interface JoinedKernel {
  /** Place in `trace.kernels`. */
  index: number
  name: string
  measuredNs: number
  durationNs: number
  cycles: number
  uid: number
  /** In the recorded program; unlike the uid, one of its kind over logs of several runs. */
  launchNumber: number | null
  l2State: L2State
}

/** Simulated kernels that could not be given to any of the trace, with the reason. */
export interface Unjoined {
  uids: number[]
  launchNumbers: (number | null)[]
  name: string
  /** `absent`: no such launch in the trace; `ambiguous`: several, and not as many as were simulated. */
  reason: 'absent' | 'ambiguous' | 'no_clock'
  /** Kernels of the trace that would have been meant. */
  candidates: number
}

/** A simulated launch and the kernels that it stands for, which did not all take as long. */
export interface JoinedLaunch {
  uid: number
  launchNumber: number | null
  name: string
  count: number
  /** The shortest and the longest of them. */
  measuredNs: readonly [least: number, most: number]
}

/** Simulated kernels joined to a trace. */
export interface Join {
  /** In the order of the trace. */
  kernels: JoinedKernel[]
  /** In the order in which they were simulated. */
  launches: JoinedLaunch[]
  unjoined: Unjoined[]
  /** Kernels of the trace, and the time measured for them: all, and those that have a simulated time. */
  trace: { count: number; sumNs: number; joinedCount: number; joinedNs: number }
}

/**
 * Gives simulated times to the kernels of a trace.
 *
 * @param simulated - in the order in which they were launched; of the same trace file several times in a row the last
 *   one counts: its cache is warm
 */
export function joinAccelSim(simulated: readonly AccelSimKernel[], trace: KernelTrace): Join {
  const byKey = new Map<string, number[]>()
  const total = { count: 0, sumNs: 0, joinedCount: 0, joinedNs: 0 }
  for (const [index, kernel] of trace.kernels.entries()) {
    if (kernel.kind !== 'kernel' && kernel.kind !== 'collective') continue
    total.count++
    total.sumNs += kernel.durationNs
    push(byKey, launchKey(kernel), index)
  }
  const alike = new Map<string, AccelSimKernel[]>()
  for (const kernel of lastOfRepeats(simulated)) {
    const resources = `${kernel.registersPerThread} ${kernel.sharedMemoryBytes}`
    push(alike, `${launchKey(kernel)} ${resources}`, kernel)
  }
  const groups = [...alike.values()].map((same) => ({
    same,
    candidates: (byKey.get(launchKey(same[0]!)) ?? [])
      .filter((index) => sameResources(same[0]!, trace.kernels[index]!))
      .sort((a, b) => trace.kernels[a]!.startNs - trace.kernels[b]!.startNs),
  }))
  const claims = new Map<number, number>()
  for (const { candidates } of groups) {
    for (const index of candidates) claims.set(index, (claims.get(index) ?? 0) + 1)
  }
  const kernels: JoinedKernel[] = []
  const launches: JoinedLaunch[] = []
  const unjoined: Unjoined[] = []
  for (const { same, candidates } of groups) {
    const [first] = same
    // A trace that does not tell registers has kernels that several of the simulated may be.
    const contested = candidates.some((index) => claims.get(index)! > 1)
    const refused = contested ? 'ambiguous' : refusal(same, candidates.length)
    if (refused !== undefined) {
      unjoined.push({
        uids: same.map(({ uid }) => uid),
        launchNumbers: same.map(({ launchNumber }) => launchNumber),
        name: first!.name,
        reason: refused,
        candidates: candidates.length,
      })
      continue
    }
    for (const [k, simulatedLaunch] of same.entries()) {
      const its = same.length === 1 ? candidates : [candidates[k]!]
      launches.push(standsFor(simulatedLaunch, its, trace))
    }
    for (const [k, index] of candidates.entries()) {
      const { durationNs, cycles, uid, launchNumber, l2State } = same[same.length === 1 ? 0 : k]!
      const { name, durationNs: measuredNs } = trace.kernels[index]!
      const simulatedTime = { durationNs: durationNs!, cycles, uid, launchNumber, l2State }
      kernels.push({ index, name, measuredNs, ...simulatedTime })
      total.joinedCount++
      total.joinedNs += measuredNs
    }
  }
  kernels.sort((a, b) => a.index - b.index)
  return { kernels, launches, unjoined, trace: total }
}

function standsFor(
  { uid, launchNumber, name }: AccelSimKernel,
  indices: readonly number[],
  trace: KernelTrace,
): JoinedLaunch {
  let [least, most] = [Infinity, 0]
  for (const index of indices) {
    const { durationNs } = trace.kernels[index]!
    least = Math.min(least, durationNs)
    most = Math.max(most, durationNs)
  }
  return { uid, launchNumber, name, count: indices.length, measuredNs: [least, most] }
}

function refusal(
  same: readonly AccelSimKernel[],
  candidates: number,
): Unjoined['reason'] | undefined {
  if (candidates === 0) return 'absent'
  if (same.some(({ durationNs }) => durationNs === null)) return 'no_clock'
  return same.length === 1 || same.length === candidates ? undefined : 'ambiguous'
}

/** Kernels, of each run of the same trace file only the last. */
function lastOfRepeats(kernels: readonly AccelSimKernel[]): AccelSimKernel[] {
  return kernels.filter((kernel, i) => {
    const next = kernels[i + 1]
    return next === undefined || kernel.traceFile === null || next.traceFile !== kernel.traceFile
  })
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}
