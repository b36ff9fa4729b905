// Tiles that LLMCompass' exhaustive mode tries: all powers of two from 32 up, in every dimension by itself.
import type { L2Candidate } from './mapping.js'

/** Powers of two from 32 to the first that covers a length; none for a length of at most 16. */
function powersCovering(length: number): number[] {
  const powers: number[] = []
  if (length <= 16) return powers
  for (let power = 32; power < 2 * length; power *= 2) powers.push(power)
  return powers
}

/** Every L2 tile that fits into the L2, in LLMCompass' order. */
export function everyL2(M: number, N: number, K: number, l2Elements: number): L2Candidate[] {
  const tiles: L2Candidate[] = []
  for (const l2M of powersCovering(M)) {
    for (const l2N of powersCovering(N)) {
      for (const l2K of powersCovering(K)) {
        const set = l2N * l2K + l2M * l2K + l2M * l2N
        if (set > l2Elements) break
        tiles.push({ l2M, l2N, l2K, doubleBuffered: set <= Math.floor(l2Elements / 2) })
      }
    }
  }
  return tiles
}

/** L1 tiles inside of an L2 tile that fit twice into a core, as flat (m, n, k), in LLMCompass' order. */
export function everyL1({ l2M, l2N, l2K }: L2Candidate, l1Elements: number): number[] {
  const l1: number[] = []
  for (let l1M = 32; l1M <= l2M; l1M *= 2) {
    for (let l1N = 32; l1N <= l2N; l1N *= 2) {
      for (let l1K = 32; l1K <= l2K; l1K *= 2) {
        if (l1M * l1N + l1N * l1K + l1M * l1K <= l1Elements) l1.push(l1M, l1N, l1K)
      }
    }
  }
  return l1
}
