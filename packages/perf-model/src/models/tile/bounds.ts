// Lower bounds of a matmul's cycles, cheap enough to ask for every layout.
//
// Cores: an array never does more multiply-adds a cycle than its peak, so tiles take at least their
// multiply-adds over the peak of all cores; and the batches of an L1
// loop take at least their number times the cycles of a full tile. L2: the operands of an L2 tile are
// read at least once, its results written at least once, and what is read and what is computed overlap
// at best. Main memory: the traffic of the L2 loop is exact but for rounding up.
import type { Machine } from './machine.js'
import type { L2Candidate } from './mapping.js'

/** A device's rates, worked out once for a search. */
export interface BoundDevice {
  cores: number
  /** Multiply-adds per cycle of all cores that no tile exceeds. */
  macsPerCycle: number
  /** Cycles of the L2 per element of each operand. */
  left: number
  right: number
  sums: number
  written: number
  /** Cycles of main memory per element; 0 where the L2 is the main memory. */
  dramLeft: number
  dramRight: number
  dramResult: number
  /** Cycles to add a partial result of an L2 tile. */
  reduction: number
}

/** The rates of a device whose cores use `arrays` systolic arrays each. */
export function boundDevice(machine: Machine, arrays: number): BoundDevice {
  const { cores, l2BytesPerCycle, dramBytesPerCycle, bytes } = machine
  return {
    cores,
    macsPerCycle: cores * arrays * machine.arrayPeak,
    left: bytes.l2Left / l2BytesPerCycle,
    right: bytes.l2Right / l2BytesPerCycle,
    sums: bytes.l2SumsRead / l2BytesPerCycle,
    written: Math.min(bytes.l2SumsWritten, bytes.l2Result) / l2BytesPerCycle,
    dramLeft: bytes.dramLeft / dramBytesPerCycle,
    dramRight: bytes.dramRight / dramBytesPerCycle,
    dramResult: bytes.dramResult / dramBytesPerCycle,
    reduction: 1 / (machine.vectorFlopsPerCycle * cores) + (2 * bytes.dramResult) / l2BytesPerCycle,
  }
}

/** Cycles that a matmul in these L2 tiles does not stay below, whatever its L1 tiles. */
export function l2Bound(
  M: number,
  N: number,
  K: number,
  { l2M, l2N, l2K, doubleBuffered }: L2Candidate,
  device: BoundDevice,
): number {
  const mCount = Math.ceil(M / l2M)
  const nCount = Math.ceil(N / l2N)
  const kCount = Math.ceil(K / l2K)
  const single = mCount === 1 && nCount === 1
  // With one tile there is nothing to overlap.
  const overlap = doubleBuffered && !(single && kCount === 1)
  const results = M * N
  const read =
    M * K * (mCount === 1 ? 1 : nCount) * device.dramLeft +
    K * N * device.dramRight +
    (single ? 0 : results * (kCount - 1)) * device.dramResult
  const toCores = M * K * nCount * device.left + K * N * mCount * device.right
  const busy =
    Math.max((M * N * K) / device.macsPerCycle, toCores) +
    results * kCount * device.written +
    results * (kCount - 1) * device.reduction
  const written = results * (single ? 1 : kCount) * device.dramResult
  return (overlap ? Math.max(read, busy) : read + busy) + written
}

/** Cycles that one L2 tile does not stay below, whatever its L1 tiles. */
export function tileBound(m: number, n: number, k: number, device: BoundDevice): number {
  return (
    Math.max((m * n * k) / device.macsPerCycle, m * k * device.left + k * n * device.right) +
    m * n * device.written
  )
}

/** Cycles of the cheapest and of the uncut kind of L1 tiles. */
export interface TileCosts {
  /** Of an uncut L1 tile at the first k. */
  first: number
  /** Of an uncut L1 tile at a later k. */
  later: number
  /** Of the cheapest kind at the first k; 0 if not known. */
  smallest: number
  /** Of all L1 tiles together; 0 if not known. */
  sum: number
}

/** Cycles that one L2 tile in these L1 tiles does not stay below. */
export function l1Bound(
  m: number,
  n: number,
  k: number,
  l1M: number,
  l1N: number,
  l1K: number,
  costs: TileCosts,
  device: BoundDevice,
): number {
  const { cores } = device
  const mCount = Math.ceil(m / l1M)
  const nCount = Math.ceil(n / l1N)
  const kCount = Math.ceil(k / l1K)
  const plane = mCount * nCount
  let read = m * k * device.left + k * n * device.right
  let written = m * n
  if (2 * cores <= plane) {
    // No partial sum survives to the next k.
    read += m * n * (kCount - 1) * device.sums
    written *= kCount
  }
  const compute = computeBound(
    mCount,
    nCount,
    kCount,
    mCount * l1M > m || nCount * l1N > n,
    kCount > 1 && kCount * l1K > k,
    costs,
    cores,
  )
  return (
    Math.max(compute, costs.sum / cores, (m * n * k) / device.macsPerCycle, read) +
    written * device.written
  )
}

/** Cycles that the batches compute at least, each for as long as its slowest tile. */
function computeBound(
  mCount: number,
  nCount: number,
  kCount: number,
  cutInPlane: boolean,
  cutInDepth: boolean,
  { first, later, smallest }: TileCosts,
  cores: number,
): number {
  const plane = mCount * nCount
  const batches = Math.ceil((plane * kCount) / cores)
  // Batches with nothing but the first k.
  const early = kCount === 1 ? batches : Math.floor(plane / cores)
  const whole = (mCount === 1 || nCount === 1) && cutInPlane
  if (!cutInPlane && !cutInDepth) return early * first + (batches - early) * later
  // A batch of a column and two tiles more holds an uncut one; the last batch may be smaller.
  if (cutInPlane && (whole || cores < mCount + 2)) return batches * smallest
  if (kCount === 1) return (batches - 1) * first + smallest
  // Then those with tiles of uncut later k (but for the ones at either end), then the last k.
  const middle = Math.max(0, Math.ceil((plane * (kCount - 1)) / cores) - early)
  const late = batches - early - middle
  return (
    early * first +
    Math.max(0, middle - 2) * later +
    Math.min(2, middle) * smallest +
    (cutInDepth ? late * smallest : Math.max(0, late - 1) * later + Math.min(1, late) * smallest)
  )
}
