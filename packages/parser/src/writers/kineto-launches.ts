// The launches of a trace, and the host time that is drawn around each.
import type { KernelEvent } from '@flowsim/trace-schema'

/** Host time drawn before and after a launch for the operator around it, at most. */
const MARGIN_NS = 1000

/** A launch and the kernels that it put on the device. */
export interface Launch {
  kernels: KernelEvent[]
  key: string
  pid: number | string
  tid: number | string
  startNs: number
  endNs: number
  /** Bounds of the operator's slice. */
  fromNs: number
  toNs: number
}

/** Launches in order of thread and time; kernels of one graph launch share theirs. */
export function findLaunches(kernels: readonly KernelEvent[]): Launch[] {
  const byKey = new Map<string, Launch>()
  for (const kernel of kernels) {
    const { launch } = kernel
    if (launch === undefined) continue
    const key = `${launch.pid} ${launch.tid} ${launch.startNs} ${kernel.correlation ?? ''}`
    const found = byKey.get(key)
    if (found !== undefined) found.kernels.push(kernel)
    else {
      const endNs = launch.startNs + launch.durationNs
      byKey.set(key, {
        kernels: [kernel],
        key,
        pid: launch.pid,
        tid: launch.tid,
        startNs: launch.startNs,
        endNs,
        fromNs: launch.startNs,
        toNs: endNs,
      })
    }
  }
  const thread = (each: Launch) => `${each.pid} ${each.tid}`
  const launches = [...byKey.values()].sort(
    (a, b) => thread(a).localeCompare(thread(b)) || a.startNs - b.startNs,
  )
  launches.forEach((launch, i) => {
    const before = launches[i - 1]
    const after = launches[i + 1]
    const gapBefore =
      before !== undefined && thread(before) === thread(launch)
        ? launch.startNs - before.endNs
        : Infinity
    const gapAfter =
      after !== undefined && thread(after) === thread(launch)
        ? after.startNs - launch.endNs
        : Infinity
    launch.fromNs -= margin(gapBefore)
    launch.toNs += margin(gapAfter)
  })
  return launches
}

function margin(gapNs: number): number {
  return Math.max(0, Math.min(MARGIN_NS, Math.floor(gapNs / 2) - 1))
}
