// The matmul of LLMCompass written down as it is described, tile by tile with sets and without any
// shortcut: what the fast one must equal. Slow; for tests.
import type { TileSpec } from '@flowsim/trace-schema'

/** A mapping as LLMCompass prints it. */
export interface ReferenceMapping {
  l2M: number
  l2N: number
  l2K: number
  doubleBuffered: boolean
  l1M: number
  l1N: number
  l1K: number
  l0M: number
  l0N: number
  l0K: number
  /** Orders of the loops, `knm` where absent. */
  l2Order?: string
  l1Order?: string
}

/** All (m, n, k) indices of a loop in an order, the last letter fastest. */
function visits(
  order: string,
  m: number,
  n: number,
  k: number,
): [m: number, n: number, k: number][] {
  const counts: Record<string, number> = { m, n, k }
  const list: [number, number, number][] = []
  const at: Record<string, number> = {}
  const [a, b, c] = [...order] as [string, string, string]
  for (at[a] = 0; at[a]! < counts[a]!; at[a]!++) {
    for (at[b] = 0; at[b]! < counts[b]!; at[b]!++) {
      for (at[c] = 0; at[c]! < counts[c]!; at[c]!++) list.push([at.m!, at.n!, at.k!])
    }
  }
  return list
}

const floorPower = (value: number): number => {
  let power = 1
  while (power * 2 <= value) power *= 2
  return power
}

/** Sizes of the tiles that a length is cut into. */
function cuts(length: number, tile: number): number[] {
  const full = Math.floor(length / tile)
  const sizes = Array.from({ length: full }, () => tile)
  if (length % tile > 0) sizes.push(length % tile)
  return sizes
}

/** Cycles of one systolic array, output stationary. */
export function referenceArrayCycles(M: number, N: number, K: number, tile: TileSpec): number {
  const { height: H, width: W, macPerCycle: mac } = tile.systolicArray
  const X = Math.max(H, W)
  if (M >= H && N >= W) {
    const q = (M * N * K) / H / W / X
    if (q >= 128) return Math.ceil((M * N * K) / H / W / mac / 0.99)
    if (q >= 64) return Math.ceil((M * N * K) / H / W / mac / 0.98)
  } else if (M >= H && N < W) {
    if ((K * M) / H / X >= 64) return Math.ceil((M * N * K) / H / W / mac / (N / W / 0.98))
  } else if (M < H && N >= W) {
    if ((K * N) / W / X >= 64) return Math.ceil((M * N * K) / H / W / mac / (M / H / 0.98))
  } else if (K / X >= 64) {
    return Math.ceil((M * N * K) / H / W / mac / (((M / H) * N) / W / 0.98))
  }
  const scale = Math.ceil(M / H) * Math.ceil(N / W) * (K + H + W - 2) - 1
  return Math.ceil(scale / mac)
}

/** Cycles of one core on one L1 tile. */
function coreCycles(
  m: number,
  n: number,
  k: number,
  map: ReferenceMapping,
  tile: TileSpec,
): number {
  const array = referenceArrayCycles(
    Math.ceil(m / map.l0M),
    Math.ceil(n / map.l0N),
    Math.ceil(k / map.l0K),
    tile,
  )
  return Math.ceil(array + ((map.l0K - 1) * m * n) / tile.vector.flopsPerCycle)
}

/** Cycles of all cores on one L2 tile: batches of L1 tiles, in the mapping's order. */
export function referenceL2Compute(
  m: number,
  n: number,
  k: number,
  map: ReferenceMapping,
  tile: TileSpec,
  word: number,
): number {
  const [ms, ns, ks] = [cuts(m, map.l1M), cuts(n, map.l1N), cuts(k, map.l1K)]
  const tiles = visits(map.l1Order ?? 'knm', ms.length, ns.length, ks.length)
  const tvf = tile.vector.flopsPerCycle
  let total = 0
  let previousCompute = 0
  let previous = {
    mk: new Map<string, number>(),
    kn: new Map<string, number>(),
    write: new Map<string, number>(),
    read: new Map<string, number>(),
  }
  for (let start = 0; start < tiles.length; start += tile.cores) {
    const batch = tiles.slice(start, start + tile.cores)
    const mk = new Map<string, number>()
    const kn = new Map<string, number>()
    const write = new Map<string, number>()
    const lastK = new Map<string, number>()
    let compute = 0
    for (const [i, j, kk] of batch) {
      const [mi, nj, kl] = [ms[i]!, ns[j]!, ks[kk]!]
      mk.set(`${i},${kk}`, mi * kl)
      kn.set(`${kk},${j}`, kl * nj)
      write.set(`${i},${j}`, mi * nj)
      lastK.set(`${i},${j}`, kk)
      const cycles = coreCycles(mi, nj, kl, map, tile) + (kk > 0 ? Math.ceil((mi * nj) / tvf) : 0)
      compute = Math.max(compute, cycles)
    }
    const read = new Map([...write].filter(([key]) => lastK.get(key)! > 0))
    const minus = (a: Map<string, number>, ...b: Map<string, number>[]) =>
      [...a].reduce((sum, [key, size]) => (b.some((map) => map.has(key)) ? sum : sum + size), 0)
    const readElements =
      minus(mk, previous.mk) + minus(kn, previous.kn) + minus(read, previous.read, previous.write)
    const writtenElements = minus(previous.write, read)
    total +=
      Math.max(
        Math.ceil((readElements * tile.systolicArray.inputBytes) / tile.l2BytesPerCycle),
        previousCompute,
      ) + Math.ceil((writtenElements * tile.systolicArray.outputBytes) / tile.l2BytesPerCycle)
    previousCompute = compute
    previous = { mk, kn, write, read }
  }
  const left = [...previous.write.values()].reduce((a, b) => a + b, 0)
  return total + previousCompute + Math.ceil((left * word) / tile.l2BytesPerCycle)
}

/** Cycles of the whole product under one mapping: the loop over L2 tiles, in the mapping's order. */
export function referenceCycles(
  M: number,
  N: number,
  K: number,
  map: ReferenceMapping,
  tile: TileSpec,
  word: number,
  /** Cycles of L2 tiles on this device, by their size and layout. */
  known = new Map<string, number>(),
): number {
  const perCycle = (tile.dramBytesPerS ?? Infinity) / tile.clockHz
  const io = (a: number, b: number) => Math.ceil((a * b * word) / perCycle)
  const reduction = (m: number, n: number) =>
    Math.ceil((m * n) / (tile.vector.flopsPerCycle * tile.cores)) +
    2 * Math.ceil((m * n * word) / tile.l2BytesPerCycle)
  const [ms, ns, ks] = [cuts(M, map.l2M), cuts(N, map.l2N), cuts(K, map.l2K)]
  const compute = (m: number, n: number, k: number) => {
    const { l1M, l1N, l1K, l0M, l0N, l0K, l1Order } = map
    const key = [m, n, k, l1M, l1N, l1K, l0M, l0N, l0K, l1Order].join()
    const cycles = known.get(key) ?? referenceL2Compute(m, n, k, map, tile, word)
    known.set(key, cycles)
    return cycles
  }
  let total = io(ms[0]!, ks[0]!) + io(ks[0]!, ns[0]!)
  let last: [i: number, j: number, k: number] = [0, 0, 0]
  const order = visits(map.l2Order ?? 'knm', ms.length, ns.length, ks.length)
  for (const [i, j, kk] of order.slice(1)) {
    const [pi, pj, pk] = last
    const [m, n, k] = [ms[i]!, ns[j]!, ks[kk]!]
    const [pm, pn, pkSize] = [ms[pi]!, ns[pj]!, ks[pk]!]
    let read: number
    if (i === pi && kk === pk) read = io(k, n)
    else if (j === pj && kk === pk) read = io(m, k)
    else read = io(m, k) + io(k, n)
    if (kk > 0 && !(i === pi && j === pj)) read += io(m, n)
    let previousCompute = compute(pm, pn, pkSize)
    if (kk > 0) previousCompute += reduction(pm, pn)
    const previousWrite = i === pi && j === pj ? 0 : io(pm, pn)
    total += map.doubleBuffered
      ? Math.max(read, previousCompute) + previousWrite
      : read + previousCompute + previousWrite
    last = [i, j, kk]
  }
  const [m, n, k] = [ms.at(-1)!, ns.at(-1)!, ks.at(-1)!]
  total += io(m, n) + compute(m, n, k)
  if (ks.length > 1) total += reduction(m, n)
  return total
}

/** Every mapping that a mode tries, in its order, duplicates included. */
function* referenceMappings(
  mode: string,
  M: number,
  N: number,
  K: number,
  tile: TileSpec,
  word: number,
): Generator<ReferenceMapping> {
  const l2Limit = Math.floor(tile.l2Bytes / word)
  const l1Limit = Math.floor(Math.floor(tile.sramBytes / word) / 2)
  const powers = (from: number, to: number) => {
    const list: number[] = []
    for (let power = from; power <= to; power *= 2) list.push(power)
    return list
  }
  if (mode === 'exhaustive') {
    const exponents = (length: number) => powers(32, 2 ** Math.ceil(Math.log2(length)))
    for (const l2M of exponents(M)) {
      for (const l2N of exponents(N)) {
        for (const l2K of exponents(K)) {
          const set = l2N * l2K + l2M * l2K + l2M * l2N
          if (set > l2Limit) continue
          const doubleBuffered = set <= Math.floor(l2Limit / 2)
          for (const l1M of powers(32, l2M)) {
            for (const l1N of powers(32, l2N)) {
              for (const l1K of powers(32, l2K)) {
                if (l1M * l1N + l1N * l1K + l1M * l1K > l1Limit) continue
                for (const l2Order of ['mkn', 'mnk', 'nkm', 'nmk', 'knm', 'kmn']) {
                  for (const l1Order of ['mkn', 'mnk', 'nkm', 'nmk', 'knm', 'kmn']) {
                    for (const [l0M, l0N, l0K] of triples(tile.systolicArray.countPerCore)) {
                      const l2 = { l2M, l2N, l2K, doubleBuffered }
                      yield { ...l2, l1M, l1N, l1K, l0M, l0N, l0K, l2Order, l1Order }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  } else if (mode === 'heuristic-GPU') {
    for (const l2M of [64, 128, 256, 512, 1024, 2048]) {
      for (const l2N of [Math.floor(l2M / 2), l2M, l2M * 2]) {
        const splits =
          K <= 12288 ? [1, 2, 4, 8] : [1024, 2048, 4096, 8192].map((size) => Math.floor(K / size))
        for (const split of splits) {
          const l2K = floorPower(Math.ceil(K / split))
          const set = l2N * l2K + l2M * l2K + l2M * l2N
          if (set > l2Limit) continue
          const doubleBuffered = set <= Math.floor(l2Limit / 2)
          for (const l1 of [32, 64, 128, 256]) {
            if (l1 > Math.min(l2M, l2N)) continue
            for (const part of [1, 2, 4, 8, 16, 32]) {
              const l1K = Math.ceil(l2K / part)
              if (l1 * l1 + 2 * l1 * l1K > l1Limit) continue
              for (const [l0M, l0N, l0K] of triples(tile.systolicArray.countPerCore)) {
                yield { l2M, l2N, l2K, doubleBuffered, l1M: l1, l1N: l1, l1K, l0M, l0N, l0K }
              }
            }
          }
        }
      }
    }
  } else if (mode === 'heuristic-TPU' || mode === 'heuristic-TPU-new') {
    const old = mode === 'heuristic-TPU'
    for (const l1M of [M, ...powers(old ? 64 : 32, 8192)]) {
      if (l1M > 2 * M) continue
      for (const factor of [0.5, 1, 2, 8, 16, 64, 128, 256]) {
        const l1N = Math.floor(l1M * factor)
        if (l1N <= 0 || l1N > N) continue
        const room = Math.floor((l1Limit - l1M * l1N) / (l1M + l1N))
        if (Math.min(K, room) < 1) continue
        const l1K = floorPower(Math.min(K, room))
        yield {
          l2M: M,
          l2N: N,
          l2K: K,
          doubleBuffered: true,
          l1M,
          l1N,
          l1K,
          l0M: 1,
          l0N: old ? 2 : 1,
          l0K: 1,
        }
      }
    }
  } else {
    for (const l2M of powers(32, 4096)) {
      for (const factor of [0.25, 0.5, 1, 2, 4, 8, 16, 32]) {
        const l2N = l2M * factor
        const room = Math.floor((Math.floor(l2Limit / 2) - l2M * l2N) / (l2M + l2N))
        if (Math.min(K, room) < 1) continue
        const l2K = floorPower(Math.min(K, room))
        for (const size of [32, 64, 128, 256]) {
          const l1 = Math.min(size, l2M, l2N)
          const l1Room = Math.floor((l1Limit - l1 * l1) / (2 * l1))
          if (Math.min(l2K, l1Room) < 1) continue
          const l1K = floorPower(Math.min(l2K, l1Room))
          yield {
            l2M,
            l2N,
            l2K,
            doubleBuffered: true,
            l1M: l1,
            l1N: l1,
            l1K,
            l0M: 2,
            l0N: 2,
            l0K: 1,
          }
        }
      }
    }
  }
}

/** Ordered triples of factors of a number, first factor slowest. */
function triples(product: number): [number, number, number][] {
  const list: [number, number, number][] = []
  for (let a = 1; a <= product; a++) {
    for (let b = 1; b <= product / a; b++) {
      if (product % (a * b) === 0) list.push([a, b, product / a / b])
    }
  }
  return list
}

/** The best mapping and its cycles; ties keep the first. */
export function referenceSearch(
  mode: string,
  M: number,
  N: number,
  K: number,
  tile: TileSpec,
  word = 2,
): { cycles: number; mapping?: ReferenceMapping } {
  let best: { cycles: number; mapping?: ReferenceMapping } = { cycles: 2 ** 63 - 1 }
  const seen = new Set<string>()
  const known = new Map<string, number>()
  for (const mapping of referenceMappings(mode, M, N, K, tile, word)) {
    const key = Object.values(mapping).join()
    if (seen.has(key)) continue
    seen.add(key)
    const cycles = referenceCycles(M, N, K, mapping, tile, word, known)
    if (cycles < best.cycles) best = { cycles, mapping }
  }
  return best
}
