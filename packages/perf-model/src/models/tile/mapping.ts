// How a matmul is laid onto a device, and which layouts each of LLMCompass' modes tries, in its order:
// of equally fast ones the first wins, so the order belongs to the result.
import { everyL1, everyL2 } from './every-tile.js'
import { LOOP_ORDERS, type LoopOrder } from './loop-order.js'
import type { Machine } from './machine.js'

/** Sizes of the tiles in the L2, in a core and on a systolic array, and whether the L2 holds two. */
export interface MatmulMapping {
  l2M: number
  l2N: number
  l2K: number
  doubleBuffered: boolean
  l1M: number
  l1N: number
  l1K: number
  /** Into how many parts the systolic arrays of a core split m, n and k. */
  l0M: number
  l0N: number
  l0K: number
  /** In which order L2 tiles, and L1 tiles in them, are visited; absent under modes with `knm` only. */
  l2Order?: LoopOrder
  l1Order?: LoopOrder
}

/** LLMCompass' search modes for matmul. */
export const MATMUL_MODES = [
  'heuristic-GPU',
  'heuristic-TPU',
  'heuristic-TPU-new',
  'heuristic-our-throughput',
  'exhaustive',
] as const

/** One of {@link MATMUL_MODES}. */
export type MatmulMode = (typeof MATMUL_MODES)[number]

/** An L2 tile to try. */
export interface L2Candidate {
  l2M: number
  l2N: number
  l2K: number
  doubleBuffered: boolean
}

/** All layouts of a mode: every L2 tile with every one of its L1 tiles, orders and splits. */
export interface SearchSpace {
  l2: L2Candidate[]
  /** L1 tiles of an L2 tile as a flat list of (m, n, k). */
  l1(l2: L2Candidate): number[]
  /** Splits over the arrays of a core as a flat list of (m, n, k). */
  l0: number[]
  /** Orders of the loops over L2 tiles and over L1 tiles, all pairs of them. */
  orders: readonly LoopOrder[]
}

/** The only order that LLMCompass' heuristics, and FlowSim's mode, try. */
const DEPTH_OUTERMOST: readonly LoopOrder[] = ['knm']

/** The largest power of two that is at most `value`, which is at least 1. */
export function floorPowerOfTwo(value: number): number {
  // Math.log2 is not exact for all powers of two.
  let power = 2 ** Math.floor(Math.log2(value))
  if (power > value) power /= 2
  else if (power * 2 <= value) power *= 2
  return power
}

/**
 * What our own mode tries: LLMCompass' sizes for a GPU, but L2 and L1 tiles of any proportions, tiles
 * clipped to the product before they are fitted into the memories, and each operand in its own bytes.
 */
export function ownSearchSpace(M: number, N: number, K: number, machine: Machine): SearchSpace {
  const { dramLeft: left, dramRight: right, dramResult: result } = machine.bytes
  const fits = (m: number, n: number, k: number, bytes: number) =>
    m * k * left + k * n * right + m * n * result <= bytes
  // Sizes from `smallest` up to the first that covers the length.
  const sizes = (length: number, smallest: number, largest: number) => {
    const list = [smallest]
    for (let size = smallest; size < length && size < largest; size *= 2) list.push(size * 2)
    return list
  }
  const deepest = sizes(K, 1, MOST_DEPTH).at(-1)!
  const depths = [deepest, deepest / 2, deepest / 4, deepest / 8].filter((depth) => depth >= 1)
  const l2: L2Candidate[] = []
  for (const l2M of sizes(M, 64, 2048)) {
    for (const l2N of sizes(N, 64, 4096)) {
      for (const l2K of depths) {
        const [m, n, k] = [Math.min(l2M, M), Math.min(l2N, N), Math.min(l2K, K)]
        if (!fits(m, n, k, machine.l2Bytes)) continue
        l2.push({ l2M, l2N, l2K, doubleBuffered: fits(m, n, k, machine.l2Bytes / 2) })
      }
    }
  }
  const l1 = ({ l2M, l2N, l2K }: L2Candidate) => {
    const list: number[] = []
    const [m, n] = [Math.min(l2M, M), Math.min(l2N, N)]
    for (const l1M of sizes(m, 32, 256)) {
      for (const l1N of sizes(n, 32, 256)) {
        for (let l1K = l2K; l1K >= 1 && l1K >= l2K / 32; l1K /= 2) {
          const [a, b, c] = [Math.min(l1M, m), Math.min(l1N, n), Math.min(l1K, K)]
          if (fits(a, b, c, machine.sramBytes / 2)) {
            list.push(l1M, l1N, l1K)
          }
        }
      }
    }
    return list
  }
  return { l2, l1, l0: arraySplits(machine.array.countPerCore), orders: DEPTH_OUTERMOST }
}

/** Deepest L2 tile that FlowSim's mode tries: that of LLMCompass for products up to K = 12288. */
const MOST_DEPTH = 8192

/** What a mode tries for a product of M x K and K x N. */
export function searchSpace(
  mode: MatmulMode,
  M: number,
  N: number,
  K: number,
  machine: Machine,
): SearchSpace {
  const wordBytes = machine.bytes.dramResult
  const l2Elements = Math.floor(machine.l2Bytes / wordBytes)
  const l1Elements = Math.floor(Math.floor(machine.sramBytes / wordBytes) / 2)
  switch (mode) {
    case 'heuristic-GPU':
      return {
        l2: gpuL2(K, l2Elements),
        l1: (l2) => gpuL1(l2, l1Elements),
        l0: arraySplits(machine.array.countPerCore),
        orders: DEPTH_OUTERMOST,
      }
    case 'heuristic-TPU':
      return tpuSpace(M, N, K, 64, l1Elements, [1, 2, 1])
    case 'heuristic-TPU-new':
      return tpuSpace(M, N, K, 32, l1Elements, [1, 1, 1])
    case 'heuristic-our-throughput':
      return {
        l2: throughputL2(K, l2Elements),
        l1: (l2) => throughputL1(l2, l1Elements),
        l0: [2, 2, 1],
        orders: DEPTH_OUTERMOST,
      }
    case 'exhaustive':
      return {
        l2: everyL2(M, N, K, l2Elements),
        l1: (l2) => everyL1(l2, l1Elements),
        l0: arraySplits(machine.array.countPerCore),
        orders: LOOP_ORDERS,
      }
  }
}

function gpuL2(K: number, l2Elements: number): L2Candidate[] {
  const depths: number[] = []
  const splits = K <= 12288 ? [1, 2, 4, 8] : [1024, 2048, 4096, 8192].map((x) => Math.floor(K / x))
  for (const split of splits) {
    const depth = floorPowerOfTwo(Math.ceil(K / split))
    if (!depths.includes(depth)) depths.push(depth)
  }
  const tiles: L2Candidate[] = []
  for (let l2M = 64; l2M <= 2048; l2M *= 2) {
    for (const l2N of [l2M / 2, l2M, l2M * 2]) {
      for (const l2K of depths) {
        const set = l2N * l2K + l2M * l2K + l2M * l2N
        if (set > l2Elements) continue
        tiles.push({ l2M, l2N, l2K, doubleBuffered: set <= Math.floor(l2Elements / 2) })
      }
    }
  }
  return tiles
}

function gpuL1({ l2M, l2N, l2K }: L2Candidate, l1Elements: number): number[] {
  const l1: number[] = []
  for (let size = 32; size <= 256; size *= 2) {
    if (size > l2M || size > l2N) continue
    for (let part = 1; part <= 32; part *= 2) {
      const l1K = Math.ceil(l2K / part)
      if (size * size + 2 * size * l1K <= l1Elements) l1.push(size, size, l1K)
    }
  }
  return l1
}

function tpuSpace(
  M: number,
  N: number,
  K: number,
  smallest: number,
  l1Elements: number,
  l0: number[],
): SearchSpace {
  const l1: number[] = []
  const add = (l1M: number) => {
    if (l1M > 2 * M) return
    for (const factor of [0.5, 1, 2, 8, 16, 64, 128, 256]) {
      const l1N = Math.floor(l1M * factor)
      if (l1N <= 0 || l1N > N) continue
      const depth = Math.min(K, Math.floor((l1Elements - l1M * l1N) / (l1M + l1N)))
      if (depth >= 1) l1.push(l1M, l1N, floorPowerOfTwo(depth))
    }
  }
  add(M)
  for (let l1M = smallest; l1M <= 8192; l1M *= 2) add(l1M)
  return {
    l2: [{ l2M: M, l2N: N, l2K: K, doubleBuffered: true }],
    l1: () => l1,
    l0,
    orders: DEPTH_OUTERMOST,
  }
}

function throughputL2(K: number, l2Elements: number): L2Candidate[] {
  const tiles: L2Candidate[] = []
  for (let l2M = 32; l2M <= 4096; l2M *= 2) {
    for (const factor of [0.25, 0.5, 1, 2, 4, 8, 16, 32]) {
      const l2N = l2M * factor
      const depth = Math.floor((Math.floor(l2Elements / 2) - l2M * l2N) / (l2M + l2N))
      if (Math.min(K, depth) < 1) continue
      tiles.push({ l2M, l2N, l2K: floorPowerOfTwo(Math.min(K, depth)), doubleBuffered: true })
    }
  }
  return tiles
}

function throughputL1({ l2M, l2N, l2K }: L2Candidate, l1Elements: number): number[] {
  const l1: number[] = []
  for (let limit = 32; limit <= 256; limit *= 2) {
    const size = Math.min(limit, l2M, l2N)
    const depth = Math.min(l2K, Math.floor((l1Elements - size * size) / (2 * size)))
    if (depth >= 1) l1.push(size, size, floorPowerOfTwo(depth))
  }
  return l1
}

/** Ordered triples of factors of the number of arrays, the first factor slowest. */
function arraySplits(count: number): number[] {
  const splits: number[] = []
  for (const a of divisors(count)) {
    for (const b of divisors(count / a)) splits.push(a, b, count / a / b)
  }
  return splits
}

function divisors(count: number): number[] {
  const small: number[] = []
  const large: number[] = []
  for (let low = 1; low * low <= count; low++) {
    if (count % low !== 0) continue
    small.push(low)
    if (low * low < count) large.unshift(count / low)
  }
  return [...small, ...large]
}
