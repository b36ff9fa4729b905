// The launches of a trace, and the host time that is drawn around each.
import type { KernelEvent } from '@flowsim/trace-schema'

/** Host time drawn before and after a launch for the operator around it, at most. */
const MARGIN_NS = 1000

/** A launch and the kernels that it put on the device. */
export interface Launch {
  kernels: KernelEvent[]
  /** Number of its thread, by {@link Threads}. */
  thread: number
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
  const threads = new Threads()
  const byHash = new Map<number, Launch[]>()
  const launches: Launch[] = []
  for (const kernel of kernels) {
    const { launch } = kernel
    if (launch === undefined) continue
    const { pid, tid, startNs } = launch
    const thread = threads.numberOf(pid, tid)
    // Texts as keys took four times as long.
    const hash = startNs + 65_537 * (kernel.correlation ?? -1)
    const others = byHash.get(hash)
    const found = others?.find(
      (each) =>
        each.startNs === startNs &&
        each.thread === thread &&
        each.kernels[0]!.correlation === kernel.correlation,
    )
    if (found !== undefined) {
      found.kernels.push(kernel)
      continue
    }
    const endNs = startNs + launch.durationNs
    const ends = { startNs, endNs, fromNs: startNs, toNs: endNs }
    const made = { kernels: [kernel], thread, pid, tid, ...ends }
    launches.push(made)
    if (others === undefined) byHash.set(hash, [made])
    else others.push(made)
  }
  const places = threads.places()
  launches.sort((a, b) => places[a.thread]! - places[b.thread]! || a.startNs - b.startNs)
  launches.forEach((launch, i) => {
    const before = launches[i - 1]
    const after = launches[i + 1]
    const gapBefore = before?.thread === launch.thread ? launch.startNs - before.endNs : Infinity
    const gapAfter = after?.thread === launch.thread ? after.startNs - launch.endNs : Infinity
    launch.fromNs -= margin(gapBefore)
    launch.toNs += margin(gapAfter)
  })
  return launches
}

/** Numbers of threads, so that no text is made to compare two launches. */
class Threads {
  readonly #names: string[] = []
  readonly #numbers = new Map<number | string, Map<number | string, number>>()

  numberOf(pid: number | string, tid: number | string): number {
    let ofProcess = this.#numbers.get(pid)
    if (ofProcess === undefined) {
      ofProcess = new Map()
      this.#numbers.set(pid, ofProcess)
    }
    let number = ofProcess.get(tid)
    if (number === undefined) {
      number = this.#names.push(`${pid} ${tid}`) - 1
      ofProcess.set(tid, number)
    }
    return number
  }

  /** The place of each thread by its name. */
  places(): number[] {
    const sorted = [...this.#names].sort((a, b) => a.localeCompare(b))
    return this.#names.map((name) => sorted.indexOf(name))
  }
}

function margin(gapNs: number): number {
  return Math.max(0, Math.min(MARGIN_NS, Math.floor(gapNs / 2) - 1))
}
