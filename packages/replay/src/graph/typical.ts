// What launches, gaps and calls usually cost in a trace, measured on those of its events that waited for
// nothing else. The median is taken: long waits that the trace does not explain hardly move it, and with
// it the typical lags alone meet the traces in docs/replay.md best.
//
//   launch latency   end of the launch call → start of its kernel, where the stream was empty. It is
//                    counted from the end of the call because the driver rings the doorbell as its last
//                    act: the spread (p10 to p90) is 0.6 to 2 µs from the end of the call and 3 to 39 µs
//                    from its start on the CUDA traces in docs/replay.md, 1.4 to 5 and 5 to 22 on MI300X
//   gap              end of a kernel → start of the next one of its stream, where that one's launch was
//                    through before
import { CallRole } from '@flowsim/trace-schema'
import type { Activity, RankSide } from './rank-side.js'
import { Samples } from './samples.js'

/** Fewer samples of a pair than this say nothing; all pairs together are taken. */
const ENOUGH = 8

/**
 * Where a trace has no sample: the quartiles of the traces in docs/replay.md that have some. Launches:
 * 1.0–1.5 µs on A100, H100 and H200, 13.9–24 µs on MI300X. Gaps: H100 and A100 1.06 µs.
 */
const FALLBACK = { cudaLaunchNs: 1300, hipLaunchNs: 14_000, gapNs: 1056 }

/** A typical lag and how many measurements it stands on. */
export interface Typical {
  ns: number
  samples: number
}

/** Kinds of launch whose latency differs. */
export const LAUNCH_GROUPS = ['kernel', 'memcpy', 'memset', 'graph'] as const
export type LaunchGroup = (typeof LAUNCH_GROUPS)[number]

/** Typical lags of a trace. */
export interface TypicalLags {
  launch: Record<LaunchGroup, Typical>
  /** From the start of a copy's call to its copy, where the call is still running then. */
  launchInside: Typical
  /** By `from * 3 + to` of the two activities. */
  gap: Typical[]
  graphGap: Typical
}

export const ACTIVITY_NAMES = ['kernel', 'memcpy', 'memset'] as const

/** How a kernel was launched, as far as its latency differs. */
export function launchGroup(side: RankSide, k: number): LaunchGroup {
  const { role, callOf } = side.calls
  if (role[callOf[k]!] === CallRole.GraphLaunch) return 'graph'
  return ACTIVITY_NAMES[side.activity[k]!]!
}

/** Measures the typical lags of all ranks together. */
export function typicalLags(sides: readonly RankSide[]): TypicalLags {
  const launches = {
    kernel: new Samples(),
    memcpy: new Samples(),
    memset: new Samples(),
    graph: new Samples(),
  }
  const anyLaunch = new Samples()
  const inside = new Samples()
  for (const side of sides) {
    sampleLaunches(side, inside, (group, ns) => {
      launches[group].add(ns)
      anyLaunch.add(ns)
    })
  }
  const fallback = () => typical(anyLaunch, () => ({ ns: launchFallback(sides), samples: 0 }))
  const launch = {
    kernel: typical(launches.kernel, fallback),
    memcpy: typical(launches.memcpy, fallback),
    memset: typical(launches.memset, fallback),
    graph: typical(launches.graph, fallback),
  }
  const gaps = Array.from({ length: 9 }, () => new Samples())
  const anyGap = new Samples()
  const graphGap = new Samples()
  for (const side of sides) {
    sampleGaps(side, launch, graphGap, (pair, ns) => {
      gaps[pair]!.add(ns)
      anyGap.add(ns)
    })
  }
  const gapFallback = () => typical(anyGap, () => ({ ns: FALLBACK.gapNs, samples: 0 }))
  return {
    launch,
    launchInside: typical(inside, fallback),
    gap: gaps.map((samples) => typical(samples, gapFallback)),
    graphGap: typical(graphGap, gapFallback),
  }
}

function typical(samples: Samples, otherwise: () => Typical): Typical {
  if (samples.count < ENOUGH) return otherwise()
  return { ns: samples.quantile(0.5), samples: samples.count }
}

function launchFallback(sides: readonly RankSide[]): number {
  const isHip = sides.some(({ trace }) =>
    trace.kernels.some((k) => k.launch?.api.startsWith('hip')),
  )
  return isHip ? FALLBACK.hipLaunchNs : FALLBACK.cudaLaunchNs
}

function sampleLaunches(
  side: RankSide,
  inside: Samples,
  add: (group: LaunchGroup, ns: number) => void,
): void {
  const { calls, startNs, endNs } = side
  for (let c = 0; c < calls.count; c++) {
    const k = calls.firstKernel[c]!
    if (k < 0) continue
    const before = side.before(k)
    const callEnd = calls.endNs[c]!
    if (before >= 0 && endNs[before]! > callEnd) continue
    const start = startNs[k]!
    if (start >= callEnd) add(launchGroup(side, k), start - callEnd)
    else if (
      calls.role[c] === CallRole.Copy &&
      (before < 0 || endNs[before]! <= calls.startNs[c]!) &&
      start >= calls.startNs[c]!
    ) {
      inside.add(start - calls.startNs[c]!)
    }
  }
}

function sampleGaps(
  side: RankSide,
  launch: TypicalLags['launch'],
  graphGap: Samples,
  add: (pair: number, ns: number) => void,
): void {
  const { calls, activity, endNs, startNs } = side
  const blind = calls.firstKernel.every((k) => k < 0)
  for (let k = 0; k < side.count; k++) {
    const before = side.before(k)
    if (before < 0) continue
    const gap = startNs[k]! - endNs[before]!
    if (gap < 0) continue
    const call = calls.callOf[k]!
    if (call >= 0 && call === calls.callOf[before]) {
      graphGap.add(gap)
      continue
    }
    const ready = call < 0 ? Infinity : calls.endNs[call]! + launch[launchGroup(side, k)].ns
    if (blind || ready <= endNs[before]!) add(activity[before]! * 3 + activity[k]!, gap)
  }
}

/** Names an {@link Activity} pair. */
export function pairName(from: Activity, to: Activity): string {
  return `${ACTIVITY_NAMES[from]}>${ACTIVITY_NAMES[to]}`
}
