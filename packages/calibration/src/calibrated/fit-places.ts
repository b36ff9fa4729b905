// Offsets of places: what core and trees leave of all rows of a layer or a model's part, and places that
// are odd from the start.
import { median } from 'd3-array'
import type { Table } from './fit-table.js'

/** Rest of ln(time) beyond which a row counts as an outlier, unless one in thirty is that far off. */
export const CLIP = 0.6
// A place whose rows are all this far from the core is not the kernel that the core describes: a fall-back,
// or a tuner's bad choice. Trees must not learn it, or they spread it to places like it.
const ODD = 0.4
const ODD_ROWS = 4
/** Rows that a place needs to be known. */
const MIN_SPOT_ROWS = 4
/** Rows per site that pull its offset half-way. */
const OFFSET_ROWS = 4

/**
 * Places whose rows are all far from the core in a way that trees grown on the other sites do not foresee,
 * and how far.
 */
export function oddPlaces(
  { rows, spot }: Table,
  raw: Float64Array,
  left: Float64Array,
): Map<number, number> {
  const groups = new Map<number, { raw: number[]; left: number[] }>()
  for (let r = 0; r < rows; r++) {
    let group = groups.get(spot[r]!)
    if (group === undefined) {
      group = { raw: [], left: [] }
      groups.set(spot[r]!, group)
    }
    group.raw.push(raw[r]!)
    group.left.push(left[r]!)
  }
  const odd = new Map<number, number>()
  if (groups.size < 20) return odd
  for (const [place, group] of groups) {
    const middle = median(group.raw)!
    if (group.raw.length < ODD_ROWS || Math.abs(middle) < ODD) continue
    if (Math.abs(median(group.left)!) > ODD) odd.set(place, middle)
  }
  // Where odd is the rule, it is the core that is off, and trees may learn it.
  return odd.size > groups.size / 4 ? new Map() : odd
}

/** The offset of each place: the mean of what is left of its rows, pulled to zero where they are few. */
export function offsets(
  table: Table,
  left: Float64Array,
  odd: ReadonlyMap<number, number>,
): Map<number, number> {
  const sums = new Map<number, [sum: number, count: number]>()
  for (let r = 0; r < table.rows; r++) {
    const value = Math.max(-CLIP, Math.min(CLIP, left[r]!))
    const sum = sums.get(table.spot[r]!)
    if (sum === undefined) sums.set(table.spot[r]!, [value, 1])
    else {
      sum[0] += value
      sum[1]++
    }
  }
  const found = new Map<number, number>()
  for (const [place, [sum, count]] of sums) {
    if (count < MIN_SPOT_ROWS) continue
    found.set(place, sum / (count + OFFSET_ROWS) + (odd.get(place) ?? 0))
  }
  return found
}

/** What offsets leave, each taken from the place's other rows. */
export function withOffsets(table: Table, left: Float64Array): Float64Array {
  const sums = new Map<number, [sum: number, count: number]>()
  const value = (r: number) => Math.max(-CLIP, Math.min(CLIP, left[r]!))
  for (let r = 0; r < table.rows; r++) {
    const sum = sums.get(table.spot[r]!)
    if (sum === undefined) sums.set(table.spot[r]!, [value(r), 1])
    else {
      sum[0] += value(r)
      sum[1]++
    }
  }
  return left.map((v, r) => {
    const [sum, count] = sums.get(table.spot[r]!)!
    return v - (sum - value(r)) / (count - 1 + OFFSET_ROWS)
  })
}
