// Lower bounds of one L2 tile by the order of its L1 tiles. With k outermost bounds.ts has closer ones;
// for the other orders these hold, by counting:
//
// Cores: a batch with an uncut tile takes at least that tile's cycles, and there are at least as many such
// batches as uncut tiles over cores. L2: what an order visits again after twice as many tiles as there are
// cores, the batch before cannot hold, so it is read, or written, every time.
import { type BoundDevice, l1Bound, type TileCosts } from './bounds.js'
import { axesOf, type LoopOrder } from './loop-order.js'

/** Cycles that one L2 tile in these L1 tiles does not stay below. */
export function l1OrderBound(
  order: LoopOrder,
  m: number,
  n: number,
  k: number,
  l1M: number,
  l1N: number,
  l1K: number,
  costs: TileCosts,
  device: BoundDevice,
): number {
  if (order === 'knm') return l1Bound(m, n, k, l1M, l1N, l1K, costs, device)
  const counts = { m: Math.ceil(m / l1M), n: Math.ceil(n / l1N), k: Math.ceil(k / l1K) }
  const [outer, middle, inner] = axesOf(order)
  const { cores } = device
  /** How often every tile of the pair without this dimension is fetched at least. */
  const passes = { [outer]: 1, [middle]: 1, [inner]: 1 } as Record<'m' | 'n' | 'k', number>
  if (counts[inner] >= 2 * cores) passes[middle] = counts[middle]
  if (counts[middle] * counts[inner] >= 2 * cores) passes[outer] = counts[outer]
  const read =
    m * k * passes.n * device.left +
    k * n * passes.m * device.right +
    m * n * (passes.k - 1) * device.sums
  const compute = Math.max(
    uncutBatches(m, n, k, l1M, l1N, l1K, costs, cores),
    costs.sum / cores,
    (m * n * k) / device.macsPerCycle,
  )
  return Math.max(compute, read) + m * n * passes.k * device.written
}

/** Cycles of all batches, those with an uncut tile at least as slow as it. */
function uncutBatches(
  m: number,
  n: number,
  k: number,
  l1M: number,
  l1N: number,
  l1K: number,
  { first, later, smallest }: TileCosts,
  cores: number,
): number {
  const batches = Math.ceil((Math.ceil(m / l1M) * Math.ceil(n / l1N) * Math.ceil(k / l1K)) / cores)
  // A tile larger than the dimension counts as one uncut tile of the dimension's size.
  const uncutPlane = Math.floor(m / Math.min(l1M, m)) * Math.floor(n / Math.min(l1N, n))
  const depth = Math.floor(k / Math.min(l1K, k))
  const slow = Math.ceil((uncutPlane * (depth - 1)) / cores)
  const uncut = Math.ceil((uncutPlane * depth) / cores)
  return slow * later + (uncut - slow) * first + (batches - uncut) * smallest
}
