// A bounded sample of measurements: of many, every n-th is kept, so that memory and time stay small and the
// same input gives the same quantiles.
import { quantile } from 'd3-array'

const CAPACITY = 1 << 14

/** Measurements and their quantiles. */
export class Samples {
  /** Measurements that came, kept or not. */
  count = 0
  #kept: number[] = []
  #stride = 1

  add(value: number): void {
    if (this.count++ % this.#stride !== 0) return
    this.#kept.push(value)
    if (this.#kept.length < CAPACITY) return
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0)
    this.#stride *= 2
  }

  /** The quantile `q`, linear between neighbours; NaN for none. */
  quantile(q: number): number {
    return quantile(this.#kept, q) ?? Number.NaN
  }
}
