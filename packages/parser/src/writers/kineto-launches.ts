// The launches of a trace, and the host time that is drawn around each: columns, since an object for each of a
// million launches is more than the kernels that they put on the device.
import type { KernelEvent, KernelLaunch } from '@flowsim/trace-schema'
import { RowNumbers } from './row-numbers.js'
import { ThreadNumbers } from './thread-numbers.js'

/** Host time drawn before and after a launch for the operator around it, at most. */
const MARGIN_NS = 1000

/** The launches of kernels, in order of thread and time; kernels of one graph launch share theirs. */
export class Launches {
  readonly count: number
  /** The first kernel of each launch. */
  readonly firstKernel: Int32Array
  /** Number of each launch's thread. */
  readonly thread: Int32Array
  /** Bounds of the slice of each launch's operator. */
  readonly fromNs: Float64Array
  readonly toNs: Float64Array
  /** The launch of each kernel; −1 for a kernel without. */
  readonly ofKernel: Int32Array
  readonly threads: ThreadNumbers
  /** The kernel after each one of its launch; −1 after the last. */
  readonly #next: Int32Array

  constructor(readonly kernels: readonly KernelEvent[]) {
    const found = new Found(kernels)
    const { count, threads } = found
    this.count = count
    this.threads = threads
    this.#next = found.next
    this.ofKernel = found.ofKernel
    const order = found.inOrder()
    if (order === undefined) {
      this.firstKernel = found.firstKernel.slice(0, count)
      this.thread = found.thread.slice(0, count)
    } else {
      this.firstKernel = Int32Array.from(order, (row) => found.firstKernel[row]!)
      this.thread = Int32Array.from(order, (row) => found.thread[row]!)
      const places = new Int32Array(count)
      for (let place = 0; place < count; place++) places[order[place]!] = place
      for (let k = 0; k < kernels.length; k++) {
        const row = this.ofKernel[k]!
        if (row >= 0) this.ofKernel[k] = places[row]!
      }
    }
    this.fromNs = new Float64Array(count)
    this.toNs = new Float64Array(count)
    this.#drawMargins()
  }

  /** The first kernel of a launch. */
  first(launch: number): KernelEvent {
    return this.kernels[this.firstKernel[launch]!]!
  }

  /** The call of a launch. */
  call(launch: number): KernelLaunch {
    return this.first(launch).launch!
  }

  /** All kernels of a launch, in the order of the trace. */
  kernelsOf(launch: number): KernelEvent[] {
    const kernels: KernelEvent[] = []
    for (let k = this.firstKernel[launch]!; k >= 0; k = this.#next[k]!)
      kernels.push(this.kernels[k]!)
    return kernels
  }

  #drawMargins(): void {
    const { count, thread, fromNs, toNs } = this
    let endBefore = -Infinity
    for (let i = 0; i < count; i++) {
      const { startNs, durationNs } = this.call(i)
      const endNs = startNs + durationNs
      const isFirst = i === 0 || thread[i - 1] !== thread[i]
      const isLast = i === count - 1 || thread[i + 1] !== thread[i]
      const gapBefore = isFirst ? Infinity : startNs - endBefore
      const gapAfter = isLast ? Infinity : this.call(i + 1).startNs - endNs
      fromNs[i] = startNs - margin(gapBefore)
      toNs[i] = endNs + margin(gapAfter)
      endBefore = endNs
    }
  }
}

/** Launches in the order in which kernels name them. */
class Found {
  readonly threads = new ThreadNumbers()
  readonly ofKernel: Int32Array
  readonly next: Int32Array
  readonly firstKernel: Int32Array
  readonly thread: Int32Array
  readonly count: number

  constructor(readonly kernels: readonly KernelEvent[]) {
    const most = kernels.length
    this.ofKernel = new Int32Array(most).fill(-1)
    this.next = new Int32Array(most).fill(-1)
    this.firstKernel = new Int32Array(most)
    this.thread = new Int32Array(most)
    const lastKernel = new Int32Array(most)
    const numbers = new RowNumbers(most)
    for (let k = 0; k < most; k++) {
      const { launch, correlation = -1 } = kernels[k]!
      if (launch === undefined) continue
      const thread = this.threads.numberOf(launch.pid, launch.tid)
      const known = numbers.count
      const row = numbers.add(launch.startNs, thread, correlation)
      this.ofKernel[k] = row
      if (row === known) {
        this.firstKernel[row] = k
        this.thread[row] = thread
      } else this.next[lastKernel[row]!] = k
      lastKernel[row] = k
    }
    this.count = numbers.count
  }

  /** Rows by the name of their thread and their start; undefined where they are so already. */
  inOrder(): Int32Array | undefined {
    const { count, thread } = this
    const places = this.threads.places()
    const starts = new Float64Array(count)
    let isSorted = true
    for (let row = 0; row < count; row++) {
      starts[row] = this.kernels[this.firstKernel[row]!]!.launch!.startNs
      if (row === 0) continue
      const step =
        places[thread[row]!]! - places[thread[row - 1]!]! || starts[row]! - starts[row - 1]!
      if (step < 0) isSorted = false
    }
    if (isSorted) return undefined
    const order = Int32Array.from({ length: count }, (_, row) => row)
    return order.sort(
      (a, b) => places[thread[a]!]! - places[thread[b]!]! || starts[a]! - starts[b]! || a - b,
    )
  }
}

function margin(gapNs: number): number {
  return Math.max(0, Math.min(MARGIN_NS, Math.floor(gapNs / 2) - 1))
}
