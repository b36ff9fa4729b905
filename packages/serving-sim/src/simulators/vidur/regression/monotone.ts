// Interpolation that never decreases: measured times rise with the work, and what falls between two
// rows of a profile is noise.
//
// One feature: isotonic regression (pool adjacent violators; Barlow et al., 1972), then the
// monotone cubic of F. N. Fritsch and R. E. Carlson (SIAM J. Numer. Anal. 17, 1980), straight on
// beyond the ends. Two features: such a curve over the second for each value of the first, and
// straight lines between neighbouring curves.
import type { Fit, Regressor } from './regressor.js'

/** Fits a non-decreasing curve (one feature) or surface (two). */
export const fitMonotone: Fit = (features, targets) => {
  const width = features[0]?.length ?? 0
  if (width === 1) {
    return curve(
      features.map(([x]) => x!),
      targets,
    )
  }
  const groups = new Map<number, { x: number[]; y: number[] }>()
  for (const [i, [first, second]] of features.entries()) {
    const group = groups.get(first!) ?? { x: [], y: [] }
    group.x.push(second!)
    group.y.push(targets[i]!)
    groups.set(first!, group)
  }
  const firsts = [...groups.keys()].sort((a, b) => a - b)
  const curves = firsts.map((first) => {
    const { x, y } = groups.get(first)!
    return curve(x, y)
  })
  return (first, second) => {
    const at = interval(firsts, first!)
    const low = curves[at]!(second!)
    if (firsts.length === 1) return low
    const share = (first! - firsts[at]!) / (firsts[at + 1]! - firsts[at]!)
    // Two measured curves may cross in their noise; the larger feature is not the faster one.
    const high = Math.max(low, curves[at + 1]!(second!))
    return Math.max(0, low + (high - low) * share)
  }
}

/** Index of the interval of sorted `xs` that `x` is in, or the nearest. */
function interval(xs: readonly number[], x: number): number {
  let low = 0
  let high = xs.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (xs[middle]! <= x) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

function curve(x: readonly number[], y: readonly number[]): Regressor {
  const { xs, ys } = isotonic(x, y)
  const n = xs.length
  if (n === 0) return () => 0
  if (n === 1) return () => ys[0]!
  const slopes = Array.from(
    { length: n - 1 },
    (_, i) => (ys[i + 1]! - ys[i]!) / (xs[i + 1]! - xs[i]!),
  )
  const tangents = Array.from({ length: n }, (_, i) => {
    if (i === 0) return slopes[0]!
    if (i === n - 1) return slopes[n - 2]!
    const before = slopes[i - 1]!
    const after = slopes[i]!
    if (before * after <= 0) return 0
    const left = xs[i]! - xs[i - 1]!
    const right = xs[i + 1]! - xs[i]!
    // Weighted harmonic mean: within the Fritsch-Carlson region.
    const total = 3 * (left + right)
    return total / ((2 * right + left) / before + (right + 2 * left) / after)
  })
  return (value) => {
    const first = xs[0]!
    const last = xs[n - 1]!
    if (value! <= first) return Math.max(0, ys[0]! + slopes[0]! * (value! - first))
    if (value! >= last) return ys[n - 1]! + slopes[n - 2]! * (value! - last)
    const i = interval(xs, value!)
    const step = xs[i + 1]! - xs[i]!
    const t = (value! - xs[i]!) / step
    const u = 1 - t
    return (
      ys[i]! * u * u * (1 + 2 * t) +
      step * tangents[i]! * t * u * u +
      ys[i + 1]! * t * t * (1 + 2 * u) -
      step * tangents[i + 1]! * t * t * u
    )
  }
}

/** The nearest non-decreasing values, by least squares; repeated x are averaged. */
function isotonic(x: readonly number[], y: readonly number[]): { xs: number[]; ys: number[] } {
  const order = x.map((_, i) => i).sort((a, b) => x[a]! - x[b]!)
  const xs: number[] = []
  const sums: number[] = []
  const counts: number[] = []
  for (const i of order) {
    if (xs.length > 0 && xs.at(-1) === x[i]) {
      sums[sums.length - 1]! += y[i]!
      counts[counts.length - 1]!++
    } else {
      xs.push(x[i]!)
      sums.push(y[i]!)
      counts.push(1)
    }
  }
  const pools: { sum: number; weight: number; members: number }[] = []
  for (let i = 0; i < xs.length; i++) {
    let pool = { sum: sums[i]!, weight: counts[i]!, members: 1 }
    while (pools.length > 0) {
      const before = pools.at(-1)!
      if (before.sum / before.weight <= pool.sum / pool.weight) break
      pools.pop()
      pool = {
        sum: before.sum + pool.sum,
        weight: before.weight + pool.weight,
        members: before.members + pool.members,
      }
    }
    pools.push(pool)
  }
  const ys = pools.flatMap(({ sum, weight, members }) =>
    new Array<number>(members).fill(sum / weight),
  )
  return { xs, ys }
}
