// The cheapest deployments that meet the limits, best first.
//
// No deployment of a family can have fewer instances than its capacity asks for, so its price with those is a bound.
// Candidates are simulated in the order of their price; one that misses its limits is followed by others of the family
// at the same price (another budget of tokens in a step) and by one with an instance more. The first that meets the
// limits is therefore the cheapest of all that were screened, as far as simulations tell.
//
// Where prompts and outputs are apart, a pool that was too slow beside one other pool is too slow beside all: prefill
// instances decide on TTFT alone, unless requests wait for room where they decode, and decoding ones on TPOT.

import { BATCH_TOKENS } from './families.js'
import {
  type Candidate,
  candidateText,
  devicesOf,
  type Family,
  type Group,
  groupText,
} from './family.js'
import { layoutText } from './layouts.js'
import type { LimitResult } from './limits.js'
import type { Budget } from './question.js'

/** What a simulation of a candidate gave. */
export interface Trial<Outcome> {
  limits: readonly LimitResult[]
  met: boolean
  /** Whether the room of the decoding instances was full at some time. */
  isDecodeFull: boolean
  outcome: Outcome
  /** Why the simulation was refused, where it was. */
  refusal?: { code: string; message: string }
}

/** A candidate that was simulated. */
export interface Tried<Outcome> extends Trial<Outcome> {
  candidate: Candidate
  /** $ an hour, or devices where no price is known. */
  price: number
}

/** What a search is given. */
export interface SearchOptions<Outcome> {
  families: readonly Family[]
  ratePerS: number
  /** Price of a device for an hour; all of them 1 where one is not known. */
  pricePerDevice: ReadonlyMap<string, number>
  budgets: readonly Budget[]
  /** Simulations at most. */
  most: number
  /** Deployments that meet the limits, after which the search ends. */
  wanted: number
  /** How much dearer than the cheapest another may be. */
  dearer: number
  /** A short simulation: null where it is too near to tell. */
  probe(candidate: Candidate): Trial<Outcome> | null
  simulate(candidate: Candidate): Trial<Outcome>
  onTry?(text: string): void
}

/** What a search found. */
export interface Found<Outcome> {
  /** Those that meet the limits, cheapest first; of one price that with the most to spare first. */
  met: Tried<Outcome>[]
  /** Those that miss them, in the order in which they were tried. */
  missed: Tried<Outcome>[]
  simulations: number
  /** Whether everything cheaper than the cheapest answer was tried or ruled out. */
  isComplete: boolean
  /** Price of the cheapest that was not tried any more; null: there is none. */
  nextPrice: number | null
  /** The cheapest that the times of steps allow, within the devices or not; null: there is no family. */
  least: Candidate | null
}

export function searchPlans<Outcome>(options: SearchOptions<Outcome>): Found<Outcome> {
  return new Search(options).run()
}

interface Entry {
  candidate: Candidate
  price: number
  /** Capacity over rate, of its scarcest group. */
  slack: number
}

class Search<Outcome> {
  readonly #queue: Entry[] = []
  readonly #seen = new Set<string>()
  /** Pools that are too small, by what they are and how many. */
  readonly #small = new Set<string>()
  readonly #met: Tried<Outcome>[] = []
  readonly #missed: Tried<Outcome>[] = []

  constructor(private readonly options: SearchOptions<Outcome>) {}

  run(): Found<Outcome> {
    const { families, most, wanted, dearer, onTry, probe, simulate } = this.options
    const bounds = families.map((family) => this.#fewest(family))
    for (const candidate of bounds) this.#push(candidate)
    let simulations = 0
    let next = this.#take()
    for (; next !== undefined; next = this.#take()) {
      const { candidate, price } = next
      const cheapest = this.#met[0]?.price ?? Number.POSITIVE_INFINITY
      if (this.#met.length >= wanted || price > cheapest * dearer || simulations >= most) break
      if (this.#isLikeAnAnswer(candidate) || this.#isKnownToMiss(candidate)) continue
      onTry?.(`${simulations} simulations, at ${price.toPrecision(4)}: ${candidateText(candidate)}`)
      simulations++
      const tried = { ...(probe(candidate) ?? simulate(candidate)), candidate, price }
      if (tried.met) this.#met.push(tried)
      else this.#miss(tried)
    }
    return {
      met: this.#met.sort((a, b) => a.price - b.price || worst(a) - worst(b)),
      missed: this.#missed,
      simulations,
      isComplete: this.#met.length > 0 || next === undefined,
      nextPrice: next?.price ?? null,
      least: minBy(bounds, (candidate) => this.#price(candidate)),
    }
  }

  /** Whether an answer has the same layouts and differs in precision or batches alone. */
  #isLikeAnAnswer(candidate: Candidate): boolean {
    const layouts = layoutsText(candidate)
    return this.#met.some((met) => layoutsText(met.candidate) === layouts)
  }

  /** A pool that is too small beside another one: go on with an instance more, without a simulation. */
  #isKnownToMiss({ family, counts }: Candidate): boolean {
    if (family.mode !== 'disaggregated') return false
    const small = family.groups.findIndex((group, i) => this.#small.has(poolKey(group, counts[i]!)))
    if (small < 0) return false
    this.#push(oneMore({ family, counts }, small))
    return true
  }

  #miss(tried: Tried<Outcome>): void {
    this.#missed.push(tried)
    const { candidate, limits, isDecodeFull, outcome } = tried
    if (outcome === null) return
    const { family, counts } = candidate
    const misses = (latency: string) =>
      limits.some(({ limit, met }) => !met && limit.includes(`${latency}.`))
    const [ttft, tpot] = [misses('ttft'), misses('tpot')]
    if (ttft !== tpot) for (const other of otherChunks(candidate, tpot)) this.#push(other)
    const both = ttft === tpot || misses('e2e') || isDecodeFull
    for (const [i, { role }] of family.groups.entries()) {
      const isToBlame = both || role === 'both' || (role === 'prefill') === ttft
      if (!isToBlame) continue
      if (!both) this.#small.add(poolKey(family.groups[i]!, counts[i]!))
      this.#push(oneMore(candidate, i))
    }
  }

  #push(candidate: Candidate): void {
    const { budgets } = this.options
    const key = candidate.family.groups
      .map((group, i) => poolKey(group, candidate.counts[i]!))
      .join()
    if (this.#seen.has(key) || !isWithin(candidate, budgets)) return
    this.#seen.add(key)
    this.#queue.push({ candidate, price: this.#price(candidate), slack: this.#slack(candidate) })
  }

  /** The cheapest entry; of one price that with the most to spare, in the order in which they came. */
  #take(): Entry | undefined {
    const queue = this.#queue
    let best = 0
    for (let i = 1; i < queue.length; i++) {
      const [a, b] = [queue[i]!, queue[best]!]
      if (a.price < b.price - 1e-9 || (a.price < b.price + 1e-9 && a.slack > b.slack)) best = i
    }
    return queue.splice(best, 1)[0]
  }

  #fewest(family: Family): Candidate {
    const counts = family.groups.map(({ capacity }) =>
      Math.max(1, Math.ceil(this.options.ratePerS / capacity.requestsPerS)),
    )
    return { family, counts }
  }

  #slack({ family, counts }: Candidate): number {
    const rates = family.groups.map(({ capacity }, i) => capacity.requestsPerS * counts[i]!)
    return Math.min(...rates) / this.options.ratePerS
  }

  #price(candidate: Candidate): number {
    let price = 0
    for (const [hardware, devices] of devicesOf(candidate)) {
      price += devices * this.options.pricePerDevice.get(hardware)!
    }
    return price
  }
}

/** How near to a limit, or beyond it: the largest share. */
const worst = ({ limits }: Pick<Trial<unknown>, 'limits'>) =>
  Math.max(...limits.map(({ valueS, mostS }) => (valueS ?? Number.POSITIVE_INFINITY) / mostS))

function minBy<T>(items: readonly T[], of: (item: T) => number): T | null {
  let least: T | null = null
  for (const item of items) if (least === null || of(item) < of(least)) least = item
  return least
}

const layoutsText = ({ family, counts }: Candidate) =>
  family.groups.map(({ role, layout }, i) => `${counts[i]} ${role} ${layoutText(layout)}`).join()

const poolKey = (group: Group, count: number) =>
  `${group.budget.hardware} ${group.sequences} ${groupText(group, count)}`

function oneMore({ family, counts }: Candidate, pool: number): Candidate {
  return { family, counts: counts.map((count, i) => (i === pool ? count + 1 : count)) }
}

/**
 * Another budget of tokens for a step: a smaller one where TPOT is missed, a larger one where TTFT is. Steps that only
 * read prompts may be too long as well as too short.
 */
function* otherChunks({ family, counts }: Candidate, smaller: boolean): Generator<Candidate> {
  const reader = family.groups.findIndex(({ role }) => role !== 'decode')
  const { batchTokens, role } = family.groups[reader]!
  if (smaller && role === 'prefill') return
  const at = (BATCH_TOKENS as readonly number[]).indexOf(batchTokens)
  const others = role === 'prefill' ? [at - 1, at + 1] : [smaller ? at - 1 : at + 1]
  for (const other of others) {
    const tokens = BATCH_TOKENS[other]
    if (tokens === undefined) continue
    const groups = family.groups.map((group, i) =>
      i === reader ? { ...group, batchTokens: tokens } : group,
    )
    yield { family: { ...family, groups }, counts }
  }
}

function isWithin(candidate: Candidate, budgets: readonly Budget[]): boolean {
  const used = devicesOf(candidate)
  return budgets.every(({ hardware, devices }) => (used.get(hardware) ?? 0) <= devices)
}
