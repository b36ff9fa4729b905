// Matmul as LLMCompass times it, in seconds: the fastest mapping of a mode, a vector-unit roofline for a
// product with a single row or column, and its roofline mode, which counts elements where it should
// count bytes.
import type { TileSpec } from '@flowsim/trace-schema'
import { llmcompassMachine } from './machine.js'
import { type MatmulMapping, type MatmulMode, searchSpace } from './mapping.js'
import { searchMapping } from './search.js'

/** Seconds of an operation, and how it was laid out where a layout was searched. */
export interface TileLatency {
  latencyS: number
  /** Absent where nothing was searched, or nothing fits. */
  mapping?: MatmulMapping
}

const shortcuts: ReadonlySet<MatmulMode> = new Set(['heuristic-GPU', 'heuristic-our-throughput'])

/** Time of M x K times K x N under one of LLMCompass' modes. */
export function matmulLatency(
  mode: MatmulMode,
  M: number,
  N: number,
  K: number,
  tile: TileSpec,
  wordBytes: number,
): TileLatency {
  if ((M === 1 || N === 1) && shortcuts.has(mode)) {
    return { latencyS: vectorLatency(M, N, K, tile, wordBytes) }
  }
  const machine = llmcompassMachine(tile, wordBytes)
  const space = searchSpace(mode, M, N, K, machine)
  const { cycles, mapping } = searchMapping(M, N, K, space, machine)
  const latencyS = cycles / tile.clockHz
  return mapping === undefined ? { latencyS } : { latencyS, mapping }
}

function vectorLatency(M: number, N: number, K: number, tile: TileSpec, wordBytes: number): number {
  const bytes = (M * K + N * K + M * N) * wordBytes
  return Math.max(
    (2 * M * N * K) / tile.vector.flopsPerCycle / tile.cores / tile.clockHz,
    bytes / dramBytesPerS(tile),
  )
}

/** LLMCompass' roofline of a matmul: the bytes are counted as elements. */
export function matmulRoofline(M: number, N: number, K: number, tile: TileSpec): number {
  const elements = M * K + K * N + M * N
  return Math.max((2 * M * N * K) / systolicFlopsPerS(tile), elements / slowestBytesPerS(tile))
}

/** Time of a batch of products: one after another, or joined along K, whichever is less. */
export function bmmLatency(
  mode: MatmulMode,
  batch: number,
  M: number,
  N: number,
  K: number,
  tile: TileSpec,
  wordBytes: number,
): TileLatency {
  const one = matmulLatency(mode, M, N, K, tile, wordBytes)
  const joined = matmulLatency(mode, M, N, K * batch, tile, wordBytes)
  const apartS = batch * one.latencyS
  const joinedS = joined.latencyS + ((batch - 1) * M * N * wordBytes) / dramBytesPerS(tile)
  return joinedS < apartS ? { ...joined, latencyS: joinedS } : { ...one, latencyS: apartS }
}

/** Bandwidth of main memory; Infinity where the L2 is the main memory. */
export function dramBytesPerS(tile: TileSpec): number {
  return tile.dramBytesPerS ?? Infinity
}

/** The lesser bandwidth of main memory and L2. */
export function slowestBytesPerS(tile: TileSpec): number {
  return Math.min(dramBytesPerS(tile), tile.l2BytesPerCycle * tile.clockHz)
}

/** Peak of all systolic arrays. */
export function systolicFlopsPerS(tile: TileSpec): number {
  const { height, width, countPerCore, macPerCycle } = tile.systolicArray
  return tile.cores * countPerCore * macPerCycle * 2 * height * width * tile.clockHz
}
