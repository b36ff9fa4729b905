// How many square tiles an image is cut into, the one of the whole image included.
//
// Sources: image processors of transformers 5.18.0, got_ocr2 (InternVL) and llama4.
import type { ImageRule, ImageSize } from './image-rule.js'

type Tiles = Extract<ImageRule, { type: 'tiles' }>

export function tilesOf(rule: Tiles, size: ImageSize): number {
  const grids = gridsOf(rule.most)
  const grid = rule.choice === 'shape' ? byShape(grids, rule, size) : byCanvas(grids, rule, size)
  const tiles = grid.width * grid.height
  return tiles > 1 ? tiles + 1 : 1
}

/** Grids of at most so many tiles, those with the fewest first. */
function gridsOf(most: number): ImageSize[] {
  const grids: ImageSize[] = []
  for (let width = 1; width <= most; width++) {
    for (let height = 1; width * height <= most; height++) grids.push({ width, height })
  }
  return grids.sort((a, b) => a.width * a.height - b.width * b.height)
}

/** The grid of the nearest shape; of equal ones the largest, unless it has twice the image's area. */
function byShape(
  grids: readonly ImageSize[],
  { side }: Tiles,
  { width, height }: ImageSize,
): ImageSize {
  let best = grids[0]!
  let least = Number.POSITIVE_INFINITY
  for (const grid of grids) {
    const difference = Math.abs(width / height - grid.width / grid.height)
    const isEqual = difference === least
    if (difference > least) continue
    if (isEqual && width * height <= 0.5 * side * side * grid.width * grid.height) continue
    least = difference
    best = grid
  }
  return best
}

/**
 * The grid that the image fits in with the least enlargement, or where it fits in none, with the least reduction; of
 * equal ones the smallest.
 */
function byCanvas(grids: readonly ImageSize[], { side }: Tiles, size: ImageSize): ImageSize {
  const scaleOf = ({ width, height }: ImageSize) =>
    Math.min((width * side) / size.width, (height * side) / size.height)
  let best = grids[0]!
  let bestScale = scaleOf(best)
  for (const grid of grids) {
    const scale = scaleOf(grid)
    const isBetter = bestScale >= 1 ? scale >= 1 && scale < bestScale : scale > bestScale
    if (!isBetter) continue
    best = grid
    bestScale = scale
  }
  return best
}
