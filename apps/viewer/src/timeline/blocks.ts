// Kernels of a row in blocks of sixteen, those in blocks of sixteen, and so on: what is narrower than a pixel is
// drawn as a whole. A frame then costs a few steps for each pixel, however many kernels are in view.

/** Blocks of one size: block b holds the places `b * size` to `(b + 1) * size`. */
export interface BlockLevel {
  size: number
  /** Start of the first kernel and latest end of all. */
  start: Float64Array
  end: Float64Array
  /** Time of all kernels, and the family that takes most of it. */
  busy: Float64Array
  family: Uint8Array
}

const FACTOR = 16

/** What blocks are made of: kernels in order of start. */
interface Row {
  kernels: Uint32Array
  start: Float64Array
  end: Float64Array
}

/** Blocks of a row, the smallest first; none for a row that is shorter than one. */
export function blocksOf({ kernels, start, end }: Row, family: Uint8Array): BlockLevel[] {
  const families = 1 + family.reduce((most, each) => Math.max(most, each), 0)
  const levels: BlockLevel[] = []
  for (let size = FACTOR; size <= kernels.length; size *= FACTOR) {
    const below = levels.at(-1)
    const count = Math.ceil(kernels.length / size)
    const level: BlockLevel = {
      size,
      start: new Float64Array(count),
      end: new Float64Array(count),
      busy: new Float64Array(count),
      family: new Uint8Array(count),
    }
    const weights = new Float64Array(families)
    const parts = below ? below.busy.length : kernels.length
    for (let b = 0; b < count; b++) {
      weights.fill(0)
      const last = Math.min(parts, (b + 1) * FACTOR)
      let latest = 0
      let busy = 0
      for (let part = b * FACTOR; part < last; part++) {
        const i = below ? -1 : kernels[part]!
        const length = below ? below.busy[part]! : end[i]! - start[i]!
        const of = below ? below.family[part]! : family[i]!
        weights[of] = weights[of]! + length
        busy += length
        latest = Math.max(latest, below ? below.end[part]! : end[i]!)
      }
      level.start[b] = start[kernels[b * size]!]!
      level.end[b] = latest
      level.busy[b] = busy
      level.family[b] = heaviest(weights)
    }
    levels.push(level)
  }
  return levels
}

/** Place of the largest weight. */
export function heaviest(weights: Float64Array): number {
  let best = 0
  for (let f = 1; f < weights.length; f++) if (weights[f]! > weights[best]!) best = f
  return best
}

/** Place in `levels` of the largest block that begins at a place of the row and is shorter than `ns`; −1 for none. */
export function levelAt(levels: readonly BlockLevel[], place: number, ns: number): number {
  for (let l = levels.length - 1; l >= 0; l--) {
    const { size, start, end } = levels[l]!
    if (place % size !== 0) continue
    const block = place / size
    if (end[block]! - start[block]! < ns) return l
  }
  return -1
}
