// Cycles of one core on one L1 tile of m x n x k: its systolic arrays split m, n and k among them, and
// the vector unit adds up what the splits of k leave:
//
//   ceil(array(ceil(m/fM), ceil(n/fN), ceil(k/fK)) + (fK - 1) m n / vector FLOPs per cycle)
//
// and ceil(m n / vector FLOPs per cycle) more where partial sums of an earlier k are added.
import type { Machine } from './machine.js'

/** Computes the cycles of L1 tiles on one device. */
export interface CoreCycles {
  /** Cycles of one tile at the first k under one split, given as its place in the list of splits. */
  one(m: number, n: number, k: number, split: number): number
  /**
   * Fills `first` and `later` with the cycles at the first and at later k for every kind of L1 tile
   * that an L2 tile of m x n x k is cut into: bit 0 of the index is the cut edge of m, bit 1 of n, bit
   * 2 of k.
   */
  kinds(
    m: number,
    n: number,
    k: number,
    l1M: number,
    l1N: number,
    l1K: number,
    split: number,
    first: Float64Array,
    later: Float64Array,
  ): void
}

/** The cores of a device. `splits` is a flat list of (fM, fN, fK). */
export function coreCycles(machine: Machine, splits: readonly number[]): CoreCycles {
  const { height, width, macPerCycle } = machine.array
  const { arrayCycles, vectorFlopsPerCycle: vector } = machine

  const one = (m: number, n: number, k: number, split: number): number => {
    const fK = splits[3 * split + 2]!
    const array = arrayCycles(
      Math.ceil(m / splits[3 * split]!),
      Math.ceil(n / splits[3 * split + 1]!),
      Math.ceil(k / fK),
      height,
      width,
      macPerCycle,
    )
    return Math.ceil(array + ((fK - 1) * m * n) / vector)
  }

  return {
    one,
    kinds(m, n, k, l1M, l1N, l1K, split, first, later) {
      const fullM = Math.min(l1M, m)
      const fullN = Math.min(l1N, n)
      const fullK = Math.min(l1K, k)
      const lastM = m - (Math.ceil(m / l1M) - 1) * l1M
      const lastN = n - (Math.ceil(n / l1N) - 1) * l1N
      const lastK = k - (Math.ceil(k / l1K) - 1) * l1K
      for (let kind = 0; kind < 8; kind++) {
        // Where nothing is cut, the edge is as the rest.
        let same = kind
        if (lastM === fullM) same &= 6
        if (lastN === fullN) same &= 5
        if (lastK === fullK) same &= 3
        if (same !== kind) {
          first[kind] = first[same]!
          later[kind] = later[same]!
          continue
        }
        const mi = kind & 1 ? lastM : fullM
        const nj = kind & 2 ? lastN : fullN
        const cycles = one(mi, nj, kind & 4 ? lastK : fullK, split)
        first[kind] = cycles
        later[kind] = cycles + Math.ceil((mi * nj) / vector)
      }
    },
  }
}
