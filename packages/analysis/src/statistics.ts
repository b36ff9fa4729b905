// Summaries of a sample of times.

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

/** Quantile of a sorted sample, linear between neighbours (Hyndman and Fan's type 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return 0
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low)
}

/** Median of a sample in any order. */
export function median(values: ArrayLike<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

/** Count, sum, mean and quantiles of a sample. */
export function summarize(values: ArrayLike<number>): Sample {
  const sorted = Float64Array.from(values).sort()
  const count = sorted.length
  let sum = 0
  for (const value of sorted) sum += value
  return {
    count,
    sum,
    mean: count === 0 ? 0 : sum / count,
    min: sorted[0] ?? 0,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: sorted[count - 1] ?? 0,
  }
}
