// How much more the busiest device gets than the mean: what its experts' popularity makes of it, and what the tokens
// of one step happen to draw.
//
// A device with the share s of R rows gets s R of them, give or take sqrt(s (1-s) R); of n devices the largest
// deviation is expected at a - (ln ln n + ln 4π) / 2a, a = sqrt(2 ln n) (Cramér, Mathematical Methods of Statistics,
// 1946, 28.6).
import type { ExpertLoad } from './expert-load.js'
import { deviceShares, type PlacementOptions } from './placement.js'

/** What divides experts over devices. */
export interface SkewOptions extends Omit<PlacementOptions, 'isOrdered'> {
  experts: number
  topk: number
}

/** Rows of the busiest device over the mean, by the tokens of all devices; memory of a few dozen steps. */
export function expertSkew(
  load: ExpertLoad,
  { experts, topk, ...placement }: SkewOptions,
): (tokens: number) => number {
  const { devices } = placement
  const { isOrdered } = load
  if (load.isExact || devices === 1) return () => 1
  const shares = new Map<number, number>()
  const largest = largestDeviation(devices)
  return (tokens) => {
    // Popularity hardly depends on how many tokens a step has: once an octave will do.
    const octave = Math.floor(Math.log2(Math.max(1, tokens)))
    let share = shares.get(octave)
    if (share === undefined) {
      share = Math.max(
        ...deviceShares(load.weights(experts, 2 ** octave), { ...placement, isOrdered }),
      )
      shares.set(octave, share)
    }
    const rows = Math.max(1, tokens) * topk
    const drawn = share + largest * Math.sqrt((share * (1 - share)) / rows)
    return Math.min(devices, Math.max(1, drawn * devices))
  }
}

/** The largest of so many standard normal numbers, as it is expected. */
function largestDeviation(count: number): number {
  if (count < 3) return count === 2 ? 1 / Math.sqrt(Math.PI) : 0
  const a = Math.sqrt(2 * Math.log(count))
  return Math.max(0, a - (Math.log(Math.log(count)) + Math.log(4 * Math.PI)) / (2 * a))
}
