// Elements of the tiles that consecutive positions of a loop visit. A dimension is cut into tiles, all as
// large but the last; positions are counted on and on, so that one means a tile modulo how many there are.

/** A dimension cut into tiles. */
export interface Cut {
  count: number
  tile: number
  length: number
}

/** Positions `from` up to, without, `to`. */
export interface Range {
  from: number
  to: number
}

/** `length` in tiles of `tile`. */
export function cutInto(length: number, tile: number): Cut {
  return { count: Math.ceil(length / tile), tile, length }
}

/** Elements of the tiles before `index`. */
function before({ tile, length }: Cut, index: number): number {
  return Math.min(index * tile, length)
}

/** Elements of one tile. */
export function sizeOf(cut: Cut, index: number): number {
  return before(cut, index + 1) - before(cut, index)
}

/** Elements of the distinct tiles at positions `from` to `to`. */
export function around(cut: Cut, from: number, to: number): number {
  const { count, length } = cut
  if (to <= from) return 0
  if (to - from >= count) return length
  const start = from % count
  const end = start + to - from
  if (end <= count) return before(cut, end) - before(cut, start)
  return length - before(cut, start) + before(cut, end - count)
}

/** Elements of the distinct tiles that both ranges visit. */
export function inBoth(cut: Cut, a: Range, b: Range): number {
  const { count } = cut
  const lengthA = Math.min(count, a.to - a.from)
  const lengthB = Math.min(count, b.to - b.from)
  if (lengthA <= 0 || lengthB <= 0) return 0
  const start = a.to - lengthA
  const end = a.to
  // b moved by whole turns to begin in [start, start + count).
  const first = b.to - lengthB
  const other = first + Math.ceil((start - first) / count) * count
  return (
    around(cut, other, Math.min(end, other + lengthB)) +
    around(cut, start, Math.min(end, other + lengthB - count))
  )
}

/** Elements of pairs of tiles, the second dimension fastest, before a position that does not wrap. */
export function pairsBefore(slow: Cut, fast: Cut, position: number): number {
  const row = Math.floor(position / fast.count)
  return (
    before(slow, row) * fast.length + sizeOf(slow, row) * before(fast, position - row * fast.count)
  )
}

/** Elements of the distinct pairs of tiles at positions `from` to `to`. */
export function pairsAround(slow: Cut, fast: Cut, from: number, to: number): number {
  const plane = slow.count * fast.count
  const area = slow.length * fast.length
  if (to <= from) return 0
  if (to - from >= plane) return area
  const start = from % plane
  const end = start + to - from
  if (end <= plane) return pairsBefore(slow, fast, end) - pairsBefore(slow, fast, start)
  return area - pairsBefore(slow, fast, start) + pairsBefore(slow, fast, end - plane)
}
