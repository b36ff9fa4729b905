// Where moments of a measured run lie in a replayed one: known at some moments, in between in proportion.
import { bisectRight } from 'd3-array'

/** A piecewise linear, rising function of time. */
export class TimeMap {
  readonly #from: Float64Array
  readonly #to: Float64Array

  /** @param points - pairs of measured and replayed time, in any order */
  constructor(points: readonly (readonly [measuredNs: number, replayedNs: number])[]) {
    const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
    this.#from = Float64Array.from(sorted, ([from]) => from)
    // What a what-if puts into another order (a handover, say) must not run backwards here.
    let latest = -Infinity
    this.#to = Float64Array.from(sorted, ([, to]) => {
      latest = Math.max(latest, to)
      return latest
    })
  }

  get isEmpty(): boolean {
    return this.#from.length === 0
  }

  /** Before the first and after the last point, time moves with that point. */
  at(ns: number): number {
    const after = bisectRight(this.#from, ns)
    if (this.isEmpty) return ns
    if (after === 0) return ns + this.#to[0]! - this.#from[0]!
    const [from, to] = [this.#from[after - 1]!, this.#to[after - 1]!]
    if (after === this.#from.length || ns === from) return ns + to - from
    const part = (ns - from) / (this.#from[after]! - from)
    return to + part * (this.#to[after]! - to)
  }
}
