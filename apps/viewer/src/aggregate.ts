// Sums over kernels: by any key, with predictions and their errors.
import { mean, median, quantile } from 'd3-array'
import type { Model } from './model.js'

/** Time of the kernels that share a key. */
export interface Group {
  key: string
  /** Family of the kernel that came first. */
  family: number
  /** A kernel of the group. */
  sample: number
  count: number
  measuredNs: number
  /** Of kernels with a prediction. */
  predictedNs: number
  /** Measured time of kernels with a prediction. */
  answeredNs: number
  answered: number
  /** Predicted over measured of each kernel with a prediction. */
  ratios: number[]
}

/** Groups of the masked kernels, longest first. */
export function group(model: Model, mask: Uint8Array, keyOf: (i: number) => string): Group[] {
  const groups = new Map<string, Group>()
  for (let i = 0; i < model.count; i++) {
    if (mask[i] === 0) continue
    const key = keyOf(i)
    let entry = groups.get(key)
    if (!entry) {
      entry = {
        key,
        family: model.family[i]!,
        sample: i,
        count: 0,
        measuredNs: 0,
        predictedNs: 0,
        answeredNs: 0,
        answered: 0,
        ratios: [],
      }
      groups.set(key, entry)
    }
    entry.count++
    const measured = model.duration[i]!
    entry.measuredNs += measured
    const predicted = model.predicted[i]!
    if (!Number.isNaN(predicted)) {
      entry.answered++
      entry.predictedNs += predicted
      entry.answeredNs += measured
      if (measured > 0) entry.ratios.push(predicted / measured)
    }
  }
  return [...groups.values()].sort((a, b) => b.measuredNs - a.measuredNs)
}

/** Errors of predictions. */
export interface Errors {
  /** Mean, median and ninth decile of |predicted − measured| / measured. */
  mape: number
  median: number
  p90: number
  /** Median of (predicted − measured) / measured. */
  bias: number
}

/** Errors from ratios of predicted to measured; null for none. */
export function errorsOf(ratios: readonly number[]): Errors | null {
  if (ratios.length === 0) return null
  const signed = ratios.map((ratio) => ratio - 1)
  const absolute = signed.map(Math.abs)
  return {
    mape: mean(absolute)!,
    median: median(absolute)!,
    p90: quantile(absolute, 0.9)!,
    bias: median(signed)!,
  }
}
