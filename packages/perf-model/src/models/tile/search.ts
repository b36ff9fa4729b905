// Finds the fastest layout of a matmul: the same one, ties included, that trying all of them finds.
//
// Lower bounds (bounds.ts) decide what is worth a closer look: first of an L2 tile by itself, then of an
// L1 tile in it, then of a split over the arrays. They never exceed the true cycles, and a layout is
// passed over only when its bound is above the best cycles so far, so nothing is lost. Layouts that
// amount to the same tiles share one result. docs/perf-model.md tells what each step gave.
import { PerfModelError } from '../../errors.js'
import {
  type BoundDevice,
  boundDevice,
  l1Bound,
  l2Bound,
  type TileCosts,
  tileBound,
} from './bounds.js'
import { type CoreCycles, coreCycles } from './core-cycles.js'
import { l1LoopCycles } from './l1-loop.js'
import { type L2Schedule, l2LoopCycles, l2Schedule } from './l2-loop.js'
import type { Machine } from './machine.js'
import type { MatmulMapping, SearchSpace } from './mapping.js'

/** The fastest layout and its cycles. */
export interface SearchResult {
  cycles: number
  /** Absent where no layout fits; `cycles` is then {@link NOTHING_FITS}. */
  mapping?: MatmulMapping
}

/** What LLMCompass answers where no layout fits. */
export const NOTHING_FITS = 2 ** 63 - 1

/** More batches than this in one L2 tile are refused: they would take seconds. */
const MOST_BATCHES = 2 ** 25

/** Sums of doubles may lie this far above the exact bound. */
const ROUNDING = 1 - 1e-12

/** The fastest of a mode's layouts; of equally fast ones the first in the mode's order. */
export function searchMapping(
  M: number,
  N: number,
  K: number,
  space: SearchSpace,
  machine: Machine,
): SearchResult {
  return new MappingSearch(M, N, K, space, machine).run()
}

class MappingSearch {
  private readonly splits: number
  private readonly bounds: BoundDevice
  private readonly cores: CoreCycles
  private readonly first = new Float64Array(8)
  private readonly later = new Float64Array(8)
  /** Cycles of the kinds of L2 tiles, known or at least. */
  private readonly compute = new Float64Array(8)
  private readonly least = new Float64Array(8)
  private readonly costs: TileCosts = { first: 0, later: 0, smallest: 0, sum: 0 }
  /** L1 tiles that were looked at in each L2 tile, both clipped to the product, as flat (m, n, k). */
  private readonly seen = new Map<string, number[]>()
  private best = NOTHING_FITS
  /** Place of the best layout in the mode's order: L2 tile, L1 tile, split. */
  private place: readonly [l2: number, l1: number, split: number] | undefined

  constructor(
    private readonly M: number,
    private readonly N: number,
    private readonly K: number,
    private readonly space: SearchSpace,
    private readonly machine: Machine,
  ) {
    this.splits = space.l0.length / 3
    const arrays = (space.l0[0] ?? 1) * (space.l0[1] ?? 1) * (space.l0[2] ?? 1)
    this.bounds = boundDevice(machine, arrays)
    this.cores = coreCycles(machine, space.l0)
  }

  run(): SearchResult {
    const { M, N, K } = this
    const tiles = this.space.l2
    const bounds = tiles.map((l2) => l2Bound(M, N, K, l2, this.bounds))
    const order = tiles.map((_, index) => index).sort((a, b) => bounds[a]! - bounds[b]! || a - b)
    for (const l2 of order) {
      if (bounds[l2]! * ROUNDING > this.best) break
      this.tryL2(l2)
    }
    if (this.place === undefined) return { cycles: NOTHING_FITS }
    const [l2, at, split] = this.place
    const { l2M, l2N, l2K, doubleBuffered } = tiles[l2]!
    const l1 = this.space.l1(tiles[l2]!)
    const { l0 } = this.space
    return {
      cycles: this.best,
      mapping: {
        l2M,
        l2N,
        l2K,
        doubleBuffered,
        l1M: l1[at]!,
        l1N: l1[at + 1]!,
        l1K: l1[at + 2]!,
        l0M: l0[3 * split]!,
        l0N: l0[3 * split + 1]!,
        l0K: l0[3 * split + 2]!,
      },
    }
  }

  /** Tries the L1 tiles of one L2 tile, the most promising first. */
  private tryL2(l2: number): void {
    const tiles = this.space.l2[l2]!
    const { doubleBuffered } = tiles
    const l1 = this.space.l1(tiles)
    const { M, N, K, compute, bounds } = this
    const schedule = l2Schedule(M, N, K, tiles, this.machine)
    const { kinds } = schedule
    for (let at = 0; at < kinds.length; at += 4) {
      const least = tileBound(kinds[at + 1]!, kinds[at + 2]!, kinds[at + 3]!, bounds)
      this.least[kinds[at]!] = least
      compute[kinds[at]!] = least
    }
    const [, m, n, k] = kinds as [number, number, number, number]
    const seen = this.seenTiles(m, n, k, doubleBuffered || schedule.steps.length === 0)
    const options: { at: number; bound: number }[] = []
    for (let at = 0; at < l1.length; at += 3) {
      const a = Math.min(l1[at]!, m)
      const b = Math.min(l1[at + 1]!, n)
      const c = Math.min(l1[at + 2]!, k)
      if (has(seen, a, b, c)) continue
      seen.push(a, b, c)
      compute[0] = this.uncutBound(m, n, k, a, b, c)
      const bound = l2LoopCycles(schedule, compute)
      if (bound * ROUNDING <= this.best) options.push({ at, bound })
    }
    options.sort((a, b) => a.bound - b.bound || a.at - b.at)
    for (const { at, bound } of options) {
      if (bound * ROUNDING > this.best) break
      this.tryL1(l2, schedule, l1, at)
    }
  }

  /**
   * L1 tiles that were looked at in L2 tiles of the same size. Equal L2 tiles come in the mode's order,
   * so what was seen is earlier and cannot lose to what comes.
   */
  private seenTiles(m: number, n: number, k: number, doubleBuffered: boolean): number[] {
    const key = `${m},${n},${k},${doubleBuffered}`
    let seen = this.seen.get(key)
    if (seen === undefined) {
      seen = []
      this.seen.set(key, seen)
    }
    return seen
  }

  /** Bound of an L2 tile from its uncut L1 tiles, split in the best way. */
  private uncutBound(m: number, n: number, k: number, a: number, b: number, c: number): number {
    let first = Infinity
    for (let split = 0; split < this.splits; split++) {
      first = Math.min(first, this.cores.one(a, b, c, split))
    }
    const { costs } = this
    costs.first = first
    costs.later = first + Math.ceil((a * b) / this.machine.vectorFlopsPerCycle)
    costs.smallest = 0
    costs.sum = 0
    return l1Bound(m, n, k, a, b, c, costs, this.bounds)
  }

  /** Tries the splits of one L1 tile in one L2 tile. */
  private tryL1(l2: number, schedule: L2Schedule, l1: number[], at: number): void {
    for (let split = 0; split < this.splits; split++) {
      const cycles = this.layoutCycles(schedule, l1[at]!, l1[at + 1]!, l1[at + 2]!, split)
      if (cycles < this.best || (cycles === this.best && this.isEarlier(l2, at, split))) {
        this.best = cycles
        this.place = [l2, at, split]
      }
    }
  }

  /** Cycles of one layout; Infinity as soon as its bound is above the best. */
  private layoutCycles(
    schedule: L2Schedule,
    l1M: number,
    l1N: number,
    l1K: number,
    split: number,
  ): number {
    const { compute, least } = this
    const { kinds } = schedule
    compute.set(least)
    // First better bounds of each kind, then its cycles.
    for (const exact of [false, true]) {
      for (let at = 0; at < kinds.length; at += 4) {
        const [m, n, k] = [kinds[at + 1]!, kinds[at + 2]!, kinds[at + 3]!]
        compute[kinds[at]!] = exact
          ? this.tileCycles(m, n, k, l1M, l1N, l1K, split)
          : this.cutBound(m, n, k, l1M, l1N, l1K, split)
        if (l2LoopCycles(schedule, compute) * ROUNDING > this.best) return Infinity
      }
    }
    return l2LoopCycles(schedule, compute)
  }

  /** Bound of an L2 tile from all kinds of its L1 tiles under one split. */
  private cutBound(
    m: number,
    n: number,
    k: number,
    l1M: number,
    l1N: number,
    l1K: number,
    split: number,
  ): number {
    const { first, later, costs } = this
    this.cores.kinds(m, n, k, l1M, l1N, l1K, split, first, later)
    costs.first = first[0]!
    costs.later = later[0]!
    costs.smallest = first[0]!
    for (let kind = 1; kind < 8; kind++) costs.smallest = Math.min(costs.smallest, first[kind]!)
    const i = Math.ceil(m / l1M) - 1
    const j = Math.ceil(n / l1N) - 1
    const d = Math.ceil(k / l1K) - 1
    costs.sum =
      d * (i * j * first[0]! + j * first[1]! + i * first[2]! + first[3]!) +
      i * j * first[4]! +
      j * first[5]! +
      i * first[6]! +
      first[7]!
    return l1Bound(m, n, k, l1M, l1N, l1K, costs, this.bounds)
  }

  private tileCycles(
    m: number,
    n: number,
    k: number,
    l1M: number,
    l1N: number,
    l1K: number,
    split: number,
  ): number {
    const { first, later } = this
    const tiles = Math.ceil(m / l1M) * Math.ceil(n / l1N) * Math.ceil(k / l1K)
    if (tiles / this.machine.cores > MOST_BATCHES) {
      throw new PerfModelError(
        'invalid_dimension',
        `matmul.m: ${this.M} x ${this.N} x ${this.K} makes too many tiles for this mode`,
        'm',
      )
    }
    this.cores.kinds(m, n, k, l1M, l1N, l1K, split, first, later)
    return l1LoopCycles(m, n, k, l1M, l1N, l1K, first, later, this.machine)
  }

  private isEarlier(l2: number, l1: number, split: number): boolean {
    if (this.place === undefined) return true
    const [bestL2, bestL1, bestSplit] = this.place
    if (l2 !== bestL2) return l2 < bestL2
    return l1 === bestL1 ? split < bestSplit : l1 < bestL1
  }
}

function has(triples: readonly number[], a: number, b: number, c: number): boolean {
  for (let at = 0; at < triples.length; at += 3) {
    if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return true
  }
  return false
}
