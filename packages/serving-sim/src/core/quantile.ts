// Quantiles of plain numbers.

/** The mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length === 0 ? 0 : sum / values.length
}

/**
 * Quantile `q` (0 to 1) of values in ascending order, linear between ranks: rank q·(n − 1), as
 * numpy's default and pandas do.
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return 0
  const rank = q * (sorted.length - 1)
  const low = Math.floor(rank)
  const high = Math.min(low + 1, sorted.length - 1)
  const lowValue = sorted[low]!
  return lowValue + (sorted[high]! - lowValue) * (rank - low)
}

/** Quantile `q` of values in any order. */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileSorted(Float64Array.from(values).sort(), q)
}
