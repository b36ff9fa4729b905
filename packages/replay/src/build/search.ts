// Binary search in ascending arrays, and quantiles.

/** First index whose value is not below `value`. */
export function lowerBound(values: ArrayLike<number>, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** First index whose value is above `value`. */
export function upperBound(values: ArrayLike<number>, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** The quantile `q` of values, the lower of two neighbours; NaN for none. Sorts in place. */
export function quantile(values: Float64Array, q: number): number {
  if (values.length === 0) return Number.NaN
  values.sort()
  return values[Math.min(values.length - 1, Math.floor(q * values.length))]!
}
