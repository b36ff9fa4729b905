// How far predictions are from measurements, in the figures that every evaluation shows.
import { median, quantile } from 'd3-array'

/** How far predictions are from measurements. Shares, not percent. */
export interface Errors {
  /** Rows, or kernels, looked at. */
  count: number
  /** Those that have a prediction; the others do not count in the errors. */
  answered: number
  /** Answered rows that the model's profile was fitted to: their errors say nothing of others. */
  fitted: number
  /** Mean of |predicted / measured - 1|. */
  mape: number | null
  medianApe: number | null
  p90Ape: number | null
  /** Median of predicted / measured - 1. */
  bias: number | null
  /** Share of those predicted with bounds whose measurement lies between p10 and p90; `null` without bounds. */
  insideP10P90: number | null
}

/** A predicted time in seconds; bounds where they are known. */
export interface PredictedTime {
  latencyS: number
  p10S?: number | undefined
  p90S?: number | undefined
}

/** Gathers predictions beside their measurements. */
export class ErrorTally {
  #missed = 0
  #bounded = 0
  #inside = 0
  #fitted = 0
  readonly #errors: number[] = []

  /**
   * A prediction of what was measured.
   *
   * @param measuredS - above 0
   * @param isFitted - whether the model was fitted to this measurement
   */
  add({ latencyS, p10S, p90S }: PredictedTime, measuredS: number, isFitted = false): void {
    this.#errors.push(latencyS / measuredS - 1)
    if (isFitted) this.#fitted++
    if (p10S === undefined || p90S === undefined) return
    this.#bounded++
    if (p10S <= measuredS && measuredS <= p90S) this.#inside++
  }

  /** A measurement without a prediction. */
  miss(): void {
    this.#missed++
  }

  /** The errors of all so far. */
  result(): Errors {
    const answered = this.#errors.length
    const sizes = Float64Array.from(this.#errors, Math.abs).sort()
    return {
      count: this.#missed + answered,
      answered,
      fitted: this.#fitted,
      mape: answered === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) / answered,
      medianApe: median(sizes) ?? null,
      p90Ape: quantile(sizes, 0.9) ?? null,
      bias: median(this.#errors) ?? null,
      insideP10P90: this.#bounded === 0 ? null : this.#inside / this.#bounded,
    }
  }
}
