// Tiles of matrix multiplications: how long a compute unit takes for one element of k.
import type { Dtype } from '@flowsim/trace-schema'
import type { Parameters } from '../family.js'
import type { Traits } from '../traits.js'
import { unitLoad, unitRate } from './resources.js'

/** Rows and columns of results. */
export type Tile = readonly [rows: number, columns: number]

/** Results of the tile that `smallTileLoss` is told in: 64 x 64. */
const SMALL = 4096

/** Microseconds of each tile for one element of k: its multiply-adds, or the pulling of its operands. */
export function tileSteps(
  tiles: readonly Tile[],
  device: Traits,
  kind: { compute: Dtype; inputBytes: number; weightBytes: number },
  p: Parameters,
): Float64Array {
  const peak = unitRate(device, kind.compute, p)
  const pull = unitLoad(device, p)
  return Float64Array.from(tiles, ([rows, columns]) => {
    const math = (2 * (rows * columns + p.smallTileLoss! * SMALL)) / peak
    const load = (rows * kind.inputBytes + columns * kind.weightBytes) / pull
    return Math.max(math, load)
  })
}
