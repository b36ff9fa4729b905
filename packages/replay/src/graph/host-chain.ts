// The chain of each host thread: its calls in order, with their CPU time and the host's work between.
//
// A call that waits for a device has, beside the wait, only its usual CPU time to hold it back. Where a
// thread pauses while another works, and goes on once the other pauses or was released by a device, it is
// taken to have waited for the other's last call (autograd's thread and the main thread, a scheduler and
// its worker); such edges are counted as handovers.
import { bisectRight } from 'd3-array'
import { EdgeKind } from '../graph.js'
import type { RankBuild } from './rank-build.js'

/** Pauses shorter than this are the thread's own work. */
const PAUSE_NS = 100_000
/** Threads in which the cause of a pause is looked for, the busiest first. */
const MAX_THREADS = 256

export function addHostChain(build: RankBuild, apis: readonly string[]): void {
  const chain = new HostChain(build, apis)
  for (let t = 0; t < build.side.calls.threads.length; t++) chain.addThread(t)
}

class HostChain {
  readonly #origin: number
  readonly #host: number
  readonly #pause: number
  readonly #call: number
  readonly #handover: number
  /** Threads in which causes are looked for, in order of number. */
  readonly #searched: readonly number[]
  /** Starts of each thread's calls, and ends of its calls that waited for a device. */
  readonly #starts: Float64Array[] = []
  readonly #releases: Float64Array[] = []

  constructor(
    private readonly build: RankBuild,
    private readonly apis: readonly string[],
  ) {
    const { classes } = build
    this.#origin = classes.get(EdgeKind.Origin, 'begin')
    this.#host = classes.get(EdgeKind.Host, 'host')
    this.#pause = classes.get(EdgeKind.Host, 'pause', 0)
    this.#call = classes.get(EdgeKind.Call, 'call')
    this.#handover = classes.get(EdgeKind.Handover, 'handover')
    const { calls } = build.side
    for (let t = 0; t < calls.threads.length; t++) {
      const [from, to] = [calls.threadStart[t]!, calls.threadStart[t + 1]!]
      const starts = new Float64Array(to - from)
      const releases: number[] = []
      for (let i = from; i < to; i++) {
        const c = calls.byThread[i]!
        starts[i - from] = calls.startNs[c]!
        if (build.waited[c] === 1) releases.push(calls.endNs[c]!)
      }
      this.#starts.push(starts)
      this.#releases.push(Float64Array.from(releases).sort())
    }
    this.#searched = [...this.#starts.keys()]
      .sort((a, b) => this.#starts[b]!.length - this.#starts[a]!.length || a - b)
      .slice(0, MAX_THREADS)
      .sort((a, b) => a - b)
  }

  addThread(thread: number): void {
    const { build } = this
    const { calls } = build.side
    const open: number[] = []
    let last = 0
    let lastNs = -Infinity
    const add = (node: number, cls: number, ns: number) => {
      build.edges.add(last, node, cls)
      last = node
      lastNs = ns
    }
    /** Ends the open calls that end by `untilNs`, the first to end first. */
    const close = (untilNs: number) => {
      while (open.length > 0) {
        let first = open.length - 1
        for (let i = first - 1; i >= 0; i--) {
          if (calls.endNs[open[i]!]! < calls.endNs[open[first]!]!) first = i
        }
        const c = open[first]!
        if (calls.endNs[c]! > untilNs) return
        open.splice(first, 1)
        add(build.callEnd(c), this.#callClass(c), calls.endNs[c]!)
      }
    }
    for (let i = calls.threadStart[thread]!; i < calls.threadStart[thread + 1]!; i++) {
      const c = calls.byThread[i]!
      const start = calls.startNs[c]!
      close(start)
      const node = build.callStart(c)
      if (open.length > 0) add(node, this.#call, start)
      else {
        const cause =
          build.inference && start - lastNs >= PAUSE_NS ? this.#cause(thread, start, lastNs) : -1
        if (cause >= 0) build.edges.add(cause, node, this.#handover)
        add(node, last === 0 ? this.#origin : cause >= 0 ? this.#pause : this.#host, start)
      }
      open.push(c)
    }
    close(Infinity)
  }

  #callClass(c: number): number {
    const { build } = this
    if (build.mayWait[c] === 0) return this.#call
    const api = build.side.calls.api[c]!
    const { ns, samples } = build.callTimes.get(api)!
    return build.classes.get(EdgeKind.Call, `call ${this.apis[api]}`, ns, samples)
  }

  /** Node of the call that a thread which pauses from `fromNs` to `toNs` waited for; −1 for none. */
  #cause(thread: number, toNs: number, fromNs: number): number {
    const { build } = this
    const { calls } = build.side
    let best = -1
    let bestNs = fromNs
    for (const other of this.#searched) {
      if (other === thread) continue
      const starts = this.#starts[other]!
      // A call that starts at the same time is not a cause.
      let i = bisectRight(starts, toNs) - 1
      while (i >= 0 && starts[i] === toNs) i--
      if (i < 0) continue
      const c = calls.byThread[calls.threadStart[other]! + i]!
      const isOver = calls.endNs[c]! <= toNs
      const at = isOver ? calls.endNs[c]! : starts[i]!
      if (at <= bestNs) continue
      const pauses = isOver && (starts[i + 1] ?? Infinity) - at >= PAUSE_NS
      const releases = this.#releases[other]!
      const release = releases[bisectRight(releases, toNs) - 1]
      if (!pauses && !(release !== undefined && release > fromNs)) continue
      best = isOver ? build.callEnd(c) : build.callStart(c)
      bestNs = at
    }
    return best
  }
}
