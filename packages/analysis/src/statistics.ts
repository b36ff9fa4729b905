// Summaries of a sample of times. Quantiles are linear between neighbours (Hyndman and Fan's type 7).
import { quantileSorted } from 'd3-array'

/** Summary of a sample; all zero when it is empty. */
export interface Sample {
  count: number
  sum: number
  mean: number
  min: number
  p50: number
  p90: number
  p99: number
  max: number
}

/** Count, sum, mean and quantiles of a sample. */
export function summarize(values: ArrayLike<number>): Sample {
  const sorted = Float64Array.from(values).sort()
  const count = sorted.length
  let sum = 0
  for (const value of sorted) sum += value
  const at = (q: number) => quantileSorted(sorted as ArrayLike<number> as number[], q) ?? 0
  return {
    count,
    sum,
    mean: count === 0 ? 0 : sum / count,
    min: sorted[0] ?? 0,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: sorted[count - 1] ?? 0,
  }
}
