// Where moments of a measured run lie in a replayed one: known at some moments, in between in proportion.
import { bisectRight } from 'd3-array'

/** A piecewise linear, rising function of time. */
export class TimeMap {
  readonly #from: Float64Array
  readonly #to: Float64Array

  /**
   * @param measuredNs - moments of the measured run, in any order
   * @param replayedNs - where each of them lies in the replayed one
   */
  constructor(measuredNs: Float64Array, replayedNs: Float64Array) {
    const order = inOrder(measuredNs, replayedNs)
    const at = (values: Float64Array) =>
      order === undefined ? values.slice() : Float64Array.from(order, (i) => values[i]!)
    this.#from = at(measuredNs)
    this.#to = at(replayedNs)
    // What a what-if puts into another order (a handover, say) must not run backwards here.
    let latest = -Infinity
    for (let i = 0; i < this.#to.length; i++) {
      latest = Math.max(latest, this.#to[i]!)
      this.#to[i] = latest
    }
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

/** Places of points by measured, then replayed time; undefined where they are in that order. */
function inOrder(from: Float64Array, to: Float64Array): Uint32Array | undefined {
  let isSorted = true
  for (let i = 1; i < from.length && isSorted; i++) {
    isSorted = (from[i - 1]! - from[i]! || to[i - 1]! - to[i]!) <= 0
  }
  if (isSorted) return undefined
  const order = Uint32Array.from(from, (_, i) => i)
  return order.sort((a, b) => from[a]! - from[b]! || to[a]! - to[b]! || a - b)
}
