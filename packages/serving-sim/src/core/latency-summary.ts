// Mean and percentiles of latencies.
import type { LatencySummary } from '@flowsim/trace-schema'
import { mean, quantileSorted } from 'd3-array'
import type { WeightedSamples } from './weighted-samples.js'

/** Mean and percentiles of values in seconds; null of none. */
export function summarise(seconds: ArrayLike<number>): LatencySummary | null {
  if (seconds.length === 0) return null
  const sorted = Float64Array.from(seconds).sort()
  // It takes typed arrays, though its types do not say so.
  const at = (q: number) => quantileSorted(sorted as ArrayLike<number> as number[], q)!
  return {
    count: sorted.length,
    meanS: mean(sorted)!,
    p50S: at(0.5),
    p90S: at(0.9),
    p95S: at(0.95),
    p99S: at(0.99),
    maxS: sorted[sorted.length - 1]!,
  }
}

/** Percentiles of gaps in nanoseconds; null of none. */
export function summariseSamples(samples: WeightedSamples): LatencySummary | null {
  if (samples.count === 0) return null
  const [p50, p90, p95, p99] = samples.quantiles([0.5, 0.9, 0.95, 0.99]) as [
    number,
    number,
    number,
    number,
  ]
  return {
    count: samples.count,
    meanS: samples.mean / 1e9,
    p50S: p50 / 1e9,
    p90S: p90 / 1e9,
    p95S: p95 / 1e9,
    p99S: p99 / 1e9,
    maxS: samples.max / 1e9,
  }
}
