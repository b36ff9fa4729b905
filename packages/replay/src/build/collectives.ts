// The same collective on several ranks, and the clocks of the ranks.
//
// Collectives of a group are the same where the profiler recorded the same sequence number; without
// numbers by order, after the shift at which most kinds and sizes agree (windows of ranks open at
// different times), of those the one whose ends lie closest. Groups without a name are told apart by their
// stream and kind.
//
// Ranks of one node share a clock. Where more than half of the collectives that all ranks must meet in do
// not even intersect, the clocks differ: a rank is shifted by the median difference of its ends to those
// of the first rank.
import type { CollectiveKind } from '@flowsim/trace-schema'
import type { RankSide } from './rank-side.js'
import { quantile } from './search.js'

/** One collective: the kernel of each rank that recorded it; −1 where it is missing. */
export interface Meeting {
  kernels: Int32Array
  /** Whether no rank can end before all have arrived. */
  meets: boolean
}

/** Greatest shift that is tried between two ranks without sequence numbers. */
const MAX_SHIFT = 64
/** Kinds in which every rank needs something of every other. */
const MEETS: ReadonlySet<CollectiveKind> = new Set([
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'all_to_all',
  'barrier',
])

/** Matches the collectives of ranks; `sides` are on one clock as far as `baseTimeNs` tells. */
export function matchCollectives(sides: readonly RankSide[]): Meeting[] {
  const groups = sides.map(byGroup)
  const meetings: Meeting[] = []
  for (const key of new Set(groups.flatMap((group) => [...group.keys()]))) {
    const lists = groups.map((group) => group.get(key) ?? [])
    for (const kernels of align(sides, lists)) {
      const present = [...kernels].flatMap((k, r) => (k >= 0 ? [{ r, k }] : []))
      if (present.length < 2) continue
      const { kind } = collectiveOf(sides[present[0]!.r]!, present[0]!.k)
      meetings.push({ kernels, meets: MEETS.has(kind) })
    }
  }
  return meetings
}

function collectiveOf(side: RankSide, k: number): { kind: CollectiveKind; elements: number } {
  const { collective } = side.trace.kernels[k]!
  // Kernels without a record are the custom all-reduces.
  const kind = collective?.kind ?? 'all_reduce'
  return {
    kind: kind === 'recv' ? 'send' : kind,
    elements: Math.max(collective?.inElements ?? 0, collective?.outElements ?? 0),
  }
}

function byGroup(side: RankSide): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (let k = 0; k < side.count; k++) {
    if (side.communicates[k] === 0) continue
    const { collective, stream } = side.trace.kernels[k]!
    const name = collective?.groupName
    const ranks = collective?.ranks?.join(',') ?? ''
    const key =
      name !== undefined || ranks !== ''
        ? `${name ?? ''}|${ranks}`
        : `stream ${stream} ${collectiveOf(side, k).kind}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [k])
    else group.push(k)
  }
  return groups
}

function align(sides: readonly RankSide[], lists: readonly number[][]): Int32Array[] {
  const rows = new Map<string, Int32Array>()
  const put = (key: string, rank: number, kernel: number) => {
    let row = rows.get(key)
    if (row === undefined) {
      row = new Int32Array(lists.length).fill(-1)
      rows.set(key, row)
    }
    row[rank] = kernel
  }
  const sequence = (r: number, k: number) => sides[r]!.trace.kernels[k]!.collective?.sequence
  if (lists.every((list, r) => list.every((k) => sequence(r, k) !== undefined))) {
    lists.forEach((list, r) => {
      const repeats = new Map<number, number>()
      for (const k of list) {
        const number = sequence(r, k)!
        const repeat = repeats.get(number) ?? 0
        repeats.set(number, repeat + 1)
        put(`${number} ${repeat}`, r, k)
      }
    })
    return [...rows.values()]
  }
  const reference = lists.reduce(
    (best, list, r) => (list.length > lists[best]!.length ? r : best),
    0,
  )
  const signatures = lists.map((list, r) =>
    list.map((k) => {
      const { kind, elements } = collectiveOf(sides[r]!, k)
      return `${kind} ${elements}`
    }),
  )
  lists.forEach((list, r) => {
    const shift = r === reference ? 0 : bestShift(sides, lists, signatures, reference, r)
    list.forEach((k, i) => {
      // Calls that differ in kind or size are not the same collective.
      const same = signatures[reference]![i + shift] === signatures[r]![i]
      put(same ? `${i + shift}` : `${r} ${i}`, r, k)
    })
  })
  return [...rows.values()]
}

/** Places that the list of rank `r` must move up to lie beside the reference. */
function bestShift(
  sides: readonly RankSide[],
  lists: readonly number[][],
  signatures: readonly string[][],
  reference: number,
  r: number,
): number {
  const [of, to] = [signatures[r]!, signatures[reference]!]
  let best = { shift: 0, agree: -1, distanceNs: Infinity }
  for (let step = 0; step <= 2 * MAX_SHIFT; step++) {
    // 0, 1, −1, 2, −2, …: of equal shifts the smallest wins.
    const shift = step % 2 === 1 ? (step + 1) / 2 : -step / 2
    const differences: number[] = []
    for (let i = Math.max(0, -shift); i < of.length && i + shift < to.length; i++) {
      if (of[i] !== to[i + shift]) continue
      const [a, b] = [lists[r]![i]!, lists[reference]![i + shift]!]
      differences.push(Math.abs(sides[r]!.endNs[a]! - sides[reference]!.endNs[b]!))
    }
    const agree = differences.length
    if (agree === 0 || agree < 0.99 * best.agree) continue
    const distanceNs = quantile(Float64Array.from(differences), 0.5)
    if (agree > best.agree / 0.99 || distanceNs < best.distanceNs) {
      best = { shift, agree: Math.max(agree, best.agree), distanceNs }
    }
  }
  return best.shift
}

/** What must be added to the clock of each rank. */
export function clockOffsets(sides: readonly RankSide[], meetings: readonly Meeting[]): number[] {
  return sides.map((side, r) => {
    if (r === 0) return 0
    const first = sides[0]!
    const differences: number[] = []
    let apart = 0
    for (const { kernels, meets } of meetings) {
      const [a, b] = [kernels[0]!, kernels[r]!]
      if (!meets || a < 0 || b < 0) continue
      differences.push(first.endNs[a]! - side.endNs[b]!)
      if (side.startNs[b]! > first.endNs[a]! || first.startNs[a]! > side.endNs[b]!) apart++
    }
    if (apart * 2 <= differences.length) return 0
    return Math.round(quantile(Float64Array.from(differences), 0.5))
  })
}
