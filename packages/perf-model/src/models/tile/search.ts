// Finds the fastest layout of a matmul: the same one, ties included, that trying all of them finds.
//
// Lower bounds (bounds.ts) decide what is worth a closer look: first of an L2 tile by itself, then of an
// L1 tile in it, then of a split over the arrays. They never exceed the true cycles, and a layout is
// passed over only when its bound is above the best cycles so far, so nothing is lost. Layouts that
// amount to the same tiles share one result. docs/perf-model.md tells what each step gave.
import { PerfModelError } from '../../errors.js'
import { type BoundDevice, boundDevice, l2Bound, type TileCosts, tileBound } from './bounds.js'
import { type CoreCycles, coreCycles } from './core-cycles.js'
import { l1OrderCycles } from './l1-loop-orders.js'
import { type L2Schedule, l2LoopCycles, l2Schedule } from './l2-loop.js'
import { distinctOrders, type LoopOrder } from './loop-order.js'
import type { Machine } from './machine.js'
import type { L2Candidate, MatmulMapping, SearchSpace } from './mapping.js'
import { l1OrderBound } from './order-bounds.js'

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

/** More batches than this in one search of all orders are refused: they would take half a minute. */
const MOST_WALKED = 2 ** 26

/** Sums of doubles may lie this far above the exact bound. */
const ROUNDING = 1 - 1e-12

/**
 * The fastest of a mode's layouts; of equally fast ones the first in the mode's order.
 * @param mostWalked - batches of cores after which a search of all orders is given up
 * @throws PerfModelError `invalid_dimension` where it is
 */
export function searchMapping(
  M: number,
  N: number,
  K: number,
  space: SearchSpace,
  machine: Machine,
  mostWalked = MOST_WALKED,
): SearchResult {
  return new MappingSearch(M, N, K, space, machine, mostWalked).run()
}

/** Places in the lists of L2 tiles, L1 tiles, orders of both and splits, as a mode's loops nest. */
type Place = readonly [l2: number, l1: number, l2Order: number, l1Order: number, split: number]

/** The steps of an L2 tile in one order of the mode. */
interface OrderedSchedule {
  schedule: L2Schedule
  order: number
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
  /** Place of the best layout in the mode's order. */
  private place: Place | undefined
  /** Batches of cores that were walked through. */
  private walked = 0

  constructor(
    private readonly M: number,
    private readonly N: number,
    private readonly K: number,
    private readonly space: SearchSpace,
    private readonly machine: Machine,
    private readonly mostWalked: number,
  ) {
    this.splits = space.l0.length / 3
    const arrays = (space.l0[0] ?? 1) * (space.l0[1] ?? 1) * (space.l0[2] ?? 1)
    this.bounds = boundDevice(machine, arrays)
    this.cores = coreCycles(machine, space.l0)
  }

  run(): SearchResult {
    const tiles = this.space.l2
    const bounds = tiles.map((l2) => this.boundOfL2(l2))
    const order = tiles.map((_, index) => index).sort((a, b) => bounds[a]! - bounds[b]! || a - b)
    for (const l2 of order) {
      if (bounds[l2]! * ROUNDING > this.best) break
      this.tryL2(l2)
    }
    if (this.place === undefined) return { cycles: NOTHING_FITS }
    return { cycles: this.best, mapping: this.mappingAt(this.place) }
  }

  private mappingAt([l2, at, l2Order, l1Order, split]: Place): MatmulMapping {
    const { l2M, l2N, l2K, doubleBuffered } = this.space.l2[l2]!
    const l1 = this.space.l1(this.space.l2[l2]!)
    const { l0, orders } = this.space
    const mapping = {
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
    }
    if (orders.length === 1) return mapping
    return { ...mapping, l2Order: orders[l2Order]!, l1Order: orders[l1Order]! }
  }

  /** Cycles that an L2 tile does not stay below in any order. */
  private boundOfL2(l2: L2Candidate): number {
    const { M, N, K, bounds, space } = this
    if (space.orders.length === 1) return l2Bound(M, N, K, l2, bounds)
    const schedules = this.schedulesOf(l2)
    this.setLeast(schedules[0]!.schedule)
    return this.shortest(schedules)
  }

  private schedulesOf(l2: L2Candidate): OrderedSchedule[] {
    const { M, N, K, machine } = this
    const { orders } = this.space
    const counts = { m: Math.ceil(M / l2.l2M), n: Math.ceil(N / l2.l2N), k: Math.ceil(K / l2.l2K) }
    return distinctOrders(orders, counts).map((order) => ({
      schedule: l2Schedule(M, N, K, l2, machine, order),
      order: orders.indexOf(order),
    }))
  }

  /** Takes the least cycles of every kind of L2 tile, whatever its L1 tiles, for its cycles. */
  private setLeast({ kinds }: L2Schedule): void {
    for (let at = 0; at < kinds.length; at += 4) {
      const least = tileBound(kinds[at + 1]!, kinds[at + 2]!, kinds[at + 3]!, this.bounds)
      this.least[kinds[at]!] = least
      this.compute[kinds[at]!] = least
    }
  }

  /** Cycles in the shortest of the orders, with the tiles' cycles as they are known. */
  private shortest(schedules: readonly OrderedSchedule[]): number {
    let cycles = Infinity
    for (const { schedule } of schedules) {
      cycles = Math.min(cycles, l2LoopCycles(schedule, this.compute))
    }
    return cycles
  }

  /** Tries the L1 tiles of one L2 tile, the most promising first. */
  private tryL2(l2: number): void {
    const tiles = this.space.l2[l2]!
    const l1 = this.space.l1(tiles)
    const { compute } = this
    const schedules = this.schedulesOf(tiles)
    const { kinds, steps } = schedules[0]!.schedule
    this.setLeast(schedules[0]!.schedule)
    const [, m, n, k] = kinds as [number, number, number, number]
    const seen = this.seenTiles(m, n, k, tiles.doubleBuffered || steps.length === 0)
    const options: { at: number; order: LoopOrder; bound: number }[] = []
    for (let at = 0; at < l1.length; at += 3) {
      const a = Math.min(l1[at]!, m)
      const b = Math.min(l1[at + 1]!, n)
      const c = Math.min(l1[at + 2]!, k)
      if (has(seen, a, b, c)) continue
      seen.push(a, b, c)
      const counts = { m: Math.ceil(m / a), n: Math.ceil(n / b), k: Math.ceil(k / c) }
      for (const order of distinctOrders(this.space.orders, counts)) {
        compute[0] = this.uncutBound(order, m, n, k, a, b, c)
        const bound = this.shortest(schedules)
        if (bound * ROUNDING <= this.best) options.push({ at, order, bound })
      }
    }
    options.sort((a, b) => a.bound - b.bound || a.at - b.at)
    for (const { at, order, bound } of options) {
      if (bound * ROUNDING > this.best) break
      this.tryL1(l2, schedules, l1, at, order)
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
  private uncutBound(
    order: LoopOrder,
    m: number,
    n: number,
    k: number,
    a: number,
    b: number,
    c: number,
  ): number {
    let first = Infinity
    for (let split = 0; split < this.splits; split++) {
      first = Math.min(first, this.cores.one(a, b, c, split))
    }
    const { costs } = this
    costs.first = first
    costs.later = first + Math.ceil((a * b) / this.machine.vectorFlopsPerCycle)
    costs.smallest = 0
    costs.sum = 0
    return l1OrderBound(order, m, n, k, a, b, c, costs, this.bounds)
  }

  /** Tries the splits of one L1 tile, visited in one order, in one L2 tile. */
  private tryL1(
    l2: number,
    schedules: readonly OrderedSchedule[],
    l1: number[],
    at: number,
    order: LoopOrder,
  ): void {
    const l1Order = this.space.orders.indexOf(order)
    for (let split = 0; split < this.splits; split++) {
      if (!this.timeTiles(schedules, l1[at]!, l1[at + 1]!, l1[at + 2]!, order, split)) continue
      for (const { schedule, order: l2Order } of schedules) {
        const cycles = l2LoopCycles(schedule, this.compute)
        const place = [l2, at, l2Order, l1Order, split] as const
        if (cycles < this.best || (cycles === this.best && isEarlier(place, this.place))) {
          this.best = cycles
          this.place = place
        }
      }
    }
  }

  /** Times the L2 tiles of one layout; false as soon as its bound is above the best. */
  private timeTiles(
    schedules: readonly OrderedSchedule[],
    l1M: number,
    l1N: number,
    l1K: number,
    order: LoopOrder,
    split: number,
  ): boolean {
    const { compute, least } = this
    const { kinds } = schedules[0]!.schedule
    compute.set(least)
    // First better bounds of each kind, then its cycles.
    for (const exact of [false, true]) {
      for (let at = 0; at < kinds.length; at += 4) {
        const [m, n, k] = [kinds[at + 1]!, kinds[at + 2]!, kinds[at + 3]!]
        compute[kinds[at]!] = exact
          ? this.tileCycles(m, n, k, l1M, l1N, l1K, order, split)
          : this.cutBound(m, n, k, l1M, l1N, l1K, order, split)
        if (this.shortest(schedules) * ROUNDING > this.best) return false
      }
    }
    return true
  }

  /** Bound of an L2 tile from all kinds of its L1 tiles under one split. */
  private cutBound(
    m: number,
    n: number,
    k: number,
    l1M: number,
    l1N: number,
    l1K: number,
    order: LoopOrder,
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
    return l1OrderBound(order, m, n, k, l1M, l1N, l1K, costs, this.bounds)
  }

  private tileCycles(
    m: number,
    n: number,
    k: number,
    l1M: number,
    l1N: number,
    l1K: number,
    order: LoopOrder,
    split: number,
  ): number {
    const { first, later } = this
    const tiles = Math.ceil(m / l1M) * Math.ceil(n / l1N) * Math.ceil(k / l1K)
    const batches = tiles / this.machine.cores
    // With k outermost most batches are repetitions, which are not walked through.
    if (this.space.orders.length > 1) this.walked += batches
    if (batches > MOST_BATCHES || this.walked > this.mostWalked) {
      throw new PerfModelError(
        'invalid_dimension',
        `matmul.m: ${this.M} x ${this.N} x ${this.K} makes too many tiles for this mode`,
        'm',
      )
    }
    this.cores.kinds(m, n, k, l1M, l1N, l1K, split, first, later)
    return l1OrderCycles(order, m, n, k, l1M, l1N, l1K, first, later, this.machine)
  }
}

function isEarlier(place: Place, best: Place | undefined): boolean {
  if (best === undefined) return true
  const at = place.findIndex((index, level) => index !== best[level])
  return at >= 0 && place[at]! < best[at]!
}

function has(triples: readonly number[], a: number, b: number, c: number): boolean {
  for (let at = 0; at < triples.length; at += 3) {
    if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return true
  }
  return false
}
