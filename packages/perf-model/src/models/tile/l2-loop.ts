// Cycles of a whole matmul: the loop over L2 tiles in any order of k, n and m. From tile to tile the loop
// reads what changes, while the tile before computes, and writes what the tile before finished. There
// are at most eight kinds of tiles (full or cut in m, n, k) and a few kinds of steps between them (twenty
// with k outermost), so the loop is a sum of step kinds times their counts.

import { type Axis, axesOf, type LoopOrder } from './loop-order.js'
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

/** Places of a dimension before and after a step: 1 the last tile, 0 any other. */
interface Move {
  count: number
  before: 0 | 1
  now: 0 | 1
  /** Whether the place is the same tile, not only one as large. */
  same: boolean
  /** Whether the tile after the step is not the first. */
  later: boolean
}

/** A dimension that a step leaves where it is. */
function staying(count: number): Move[] {
  if (count === 1) return [{ count: 1, before: 1, now: 1, same: true, later: false }]
  const moves: Move[] = [
    { count: 1, before: 0, now: 0, same: true, later: false },
    { count: 1, before: 1, now: 1, same: true, later: true },
  ]
  if (count > 2) moves.push({ count: count - 2, before: 0, now: 0, same: true, later: true })
  return moves
}

/** A dimension that a step takes to its next tile. */
function advancing(count: number): Move[] {
  if (count === 1) return []
  const moves: Move[] = [{ count: 1, before: 0, now: 1, same: false, later: true }]
  if (count > 2) moves.push({ count: count - 2, before: 0, now: 0, same: false, later: true })
  return moves
}

/** A dimension that a step takes from its last tile to its first. */
function wrapping(count: number): Move[] {
  return [{ count: 1, before: 1, now: count === 1 ? 1 : 0, same: count === 1, later: false }]
}

/** The steps of a matmul of M x N x K in L2 tiles, visited in an order. */
export function l2Schedule(
  M: number,
  N: number,
  K: number,
  { l2M, l2N, l2K, doubleBuffered }: L2Candidate,
  machine: Machine,
  order: LoopOrder,
): L2Schedule {
  const { dramLeft, dramRight, dramResult } = machine.bytes
  const { dramBytesPerCycle, l2BytesPerCycle } = machine
  const vectorPerCycle = machine.vectorFlopsPerCycle * machine.cores
  const counts: Record<Axis, number> = {
    m: Math.ceil(M / l2M),
    n: Math.ceil(N / l2N),
    k: Math.ceil(K / l2K),
  }
  // Sizes of a tile that is not the last and of the last one.
  const m = [Math.min(l2M, M), M - (counts.m - 1) * l2M] as const
  const n = [Math.min(l2N, N), N - (counts.n - 1) * l2N] as const
  const k = [Math.min(l2K, K), K - (counts.k - 1) * l2K] as const
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
  const step = (im: Move, jn: Move, dk: Move) => {
    const [nm, nn, nk] = [m[im.now], n[jn.now], k[dk.now]]
    const sameResult = im.same && jn.same
    let read: number
    if (im.same && dk.same) read = right(nk, nn)
    else if (jn.same && dk.same) read = left(nm, nk)
    else read = left(nm, nk) + right(nk, nn)
    if (dk.later && !sameResult) read += result(nm, nn)
    const [pm, pn] = [m[im.before], n[jn.before]]
    steps.push(
      im.count * jn.count * dk.count,
      (im.before & cut.m) + 2 * (jn.before & cut.n) + 4 * (dk.before & cut.k),
      read,
      dk.later ? reduction(pm, pn) : 0,
      sameResult ? 0 : result(pm, pn),
    )
  }
  const axes = axesOf(order)
  const moves = { m: staying(counts.m), n: staying(counts.n), k: staying(counts.k) }
  for (const axis of [...axes].reverse()) {
    moves[axis] = advancing(counts[axis])
    for (const dk of moves.k) {
      for (const jn of moves.n) {
        for (const im of moves.m) step(im, jn, dk)
      }
    }
    moves[axis] = wrapping(counts[axis])
  }

  return {
    base:
      left(m[counts.m === 1 ? 1 : 0], k[counts.k === 1 ? 1 : 0]) +
      right(k[counts.k === 1 ? 1 : 0], n[counts.n === 1 ? 1 : 0]) +
      result(m[1], n[1]) +
      (counts.k > 1 ? reduction(m[1], n[1]) : 0),
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
