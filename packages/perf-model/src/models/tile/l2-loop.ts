// Cycles of a whole matmul: the loop over L2 tiles, k outermost, then n, then m. From tile to tile the
// loop reads what changes, while the tile before computes, and writes what the tile before finished.
// There are at most eight kinds of tiles (full or cut in m, n, k) and twenty kinds of steps between
// them, so the loop is a sum of step kinds times their counts.

import type { Machine } from './machine.js'
import type { L2Candidate } from './mapping.js'

/** A step kind: so often, read so many cycles while a tile of a kind computes, then write. */
export interface L2Schedule {
  /** Cycles before the first tile computes and after the last one did, without computing. */
  base: number
  /** Kind of the last tile: 1 cut in m, 2 in n, 4 in k. */
  last: number
  /** Kinds that occur, as flat (kind, m, n, k). */
  kinds: number[]
  /** Steps as flat (count, kind of the tile before, read, added compute, write). */
  steps: number[]
  doubleBuffered: boolean
}

/** The steps of a matmul of M x N x K in L2 tiles. */
export function l2Schedule(
  M: number,
  N: number,
  K: number,
  { l2M, l2N, l2K, doubleBuffered }: L2Candidate,
  machine: Machine,
): L2Schedule {
  const { dramLeft, dramRight, dramResult } = machine.bytes
  const { dramBytesPerCycle, l2BytesPerCycle } = machine
  const vectorPerCycle = machine.vectorFlopsPerCycle * machine.cores
  const mCount = Math.ceil(M / l2M)
  const nCount = Math.ceil(N / l2N)
  const kCount = Math.ceil(K / l2K)
  // Sizes of a tile that is not the last and of the last one.
  const m = [Math.min(l2M, M), M - (mCount - 1) * l2M] as const
  const n = [Math.min(l2N, N), N - (nCount - 1) * l2N] as const
  const k = [Math.min(l2K, K), K - (kCount - 1) * l2K] as const
  const cut = { m: m[0] === m[1] ? 0 : 1, n: n[0] === n[1] ? 0 : 1, k: k[0] === k[1] ? 0 : 1 }
  const left = (a: number, b: number) => Math.ceil((a * b * dramLeft) / dramBytesPerCycle)
  const right = (a: number, b: number) => Math.ceil((a * b * dramRight) / dramBytesPerCycle)
  const result = (a: number, b: number) => Math.ceil((a * b * dramResult) / dramBytesPerCycle)
  const reduction = (a: number, b: number) =>
    Math.ceil((a * b) / vectorPerCycle) + 2 * Math.ceil((a * b * dramResult) / l2BytesPerCycle)

  const kinds: number[] = []
  for (let kk = 0; kk <= cut.k; kk++) {
    for (let j = 0; j <= cut.n; j++) {
      for (let i = 0; i <= cut.m; i++) {
        kinds.push(i + 2 * j + 4 * kk, m[i as 0 | 1], n[j as 0 | 1], k[kk as 0 | 1])
      }
    }
  }

  const steps: number[] = []
  const step = (
    count: number,
    before: readonly [i: 0 | 1, j: 0 | 1, k: 0 | 1],
    now: readonly [i: 0 | 1, j: 0 | 1, k: 0 | 1],
    changes: 'm' | 'n' | 'k',
    later: boolean,
  ) => {
    if (count <= 0) return
    const [pm, pn] = [m[before[0]], n[before[1]]]
    const [nm, nn, nk] = [m[now[0]], n[now[1]], k[now[2]]]
    const sameResult = changes === 'k' && mCount === 1 && nCount === 1
    let read: number
    if (changes === 'm') read = left(nm, nk)
    else if (changes === 'n' && mCount === 1) read = right(nk, nn)
    else read = left(nm, nk) + right(nk, nn)
    if (later && !sameResult) read += result(nm, nn)
    steps.push(
      count,
      (before[0] & cut.m) + 2 * (before[1] & cut.n) + 4 * (before[2] & cut.k),
      read,
      later ? reduction(pm, pn) : 0,
      sameResult ? 0 : result(pm, pn),
    )
  }
  const firstM = mCount === 1 ? 1 : 0
  const firstN = nCount === 1 ? 1 : 0
  const planes: [count: number, size: 0 | 1, later: boolean][] = [
    [1, kCount === 1 ? 1 : 0, false],
    [kCount - 2, 0, true],
    [kCount > 1 ? 1 : 0, 1, true],
  ]
  for (const [count, size, later] of planes) {
    if (count <= 0) continue
    for (const [columns, j] of [
      [nCount - 1, 0],
      [1, 1],
    ] as const) {
      step(count * columns * (mCount - 2), [0, j, size], [0, j, size], 'm', later)
      if (mCount > 1) step(count * columns, [0, j, size], [1, j, size], 'm', later)
    }
    step(count * (nCount - 2), [1, 0, size], [firstM, 0, size], 'n', later)
    if (nCount > 1) step(count, [1, 0, size], [firstM, 1, size], 'n', later)
  }
  step(kCount - 2, [1, 1, 0], [firstM, firstN, 0], 'k', true)
  if (kCount > 1) step(1, [1, 1, 0], [firstM, firstN, 1], 'k', true)

  const firstK = k[kCount === 1 ? 1 : 0]
  return {
    base:
      left(m[firstM], firstK) +
      right(firstK, n[firstN]) +
      result(m[1], n[1]) +
      (kCount > 1 ? reduction(m[1], n[1]) : 0),
    last: cut.m + 2 * cut.n + 4 * cut.k,
    kinds,
    steps,
    doubleBuffered,
  }
}

/** Cycles of a schedule whose tiles of each kind compute for `compute[kind]` cycles. */
export function l2LoopCycles(schedule: L2Schedule, compute: Float64Array): number {
  const { steps, doubleBuffered } = schedule
  let cycles = schedule.base + compute[schedule.last]!
  for (let at = 0; at < steps.length; at += 5) {
    const busy = compute[steps[at + 1]!]! + steps[at + 3]!
    const read = steps[at + 2]!
    const time = doubleBuffered ? Math.max(read, busy) : read + busy
    cycles += steps[at]! * (time + steps[at + 4]!)
  }
  return cycles
}
