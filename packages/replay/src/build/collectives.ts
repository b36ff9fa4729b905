// The same collective on several ranks, and the clocks of the ranks.
//
// Collectives of a group are the same where the profiler recorded the same sequence number. Without numbers
// they are matched by order, after the shift at which most kinds and sizes agree (windows of ranks open at
// different times), of those the one whose ends lie closest; or, where that leaves more of them apart in
// time than together, as in traces with events missing, by their ends. Groups without a name are told apart
// by their stream and kind.
//
// Ranks of one node share a clock. Where more than half of the collectives that all ranks must meet in do
// not even intersect, the clocks differ: a rank is shifted by the median difference of its ends to those
// of the first rank.
import type { CollectiveKind, KernelCollective } from '@flowsim/trace-schema'
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
    const ranks = ranksOf(side, collective)
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

/** Ranks of a collective's group; a copy of another rank belongs to the group that lies like the other's. */
function ranksOf({ rank, copyOf }: RankSide, collective: KernelCollective | undefined): string {
  const ranks = collective?.ranks ?? []
  if (copyOf === null || ranks.length < 2 || ranks.includes(rank)) return ranks.join(',')
  const [first, second] = [ranks[0]!, ranks[1]!]
  const stride = second - first
  const isEven = stride > 0 && ranks.every((each, i) => each === first + i * stride)
  // Who else is in it is unknown: the rank is alone.
  if (!isEven) return `${ranks.join(',')} of ${rank}`
  // Groups that lie evenly tile the job in blocks of stride · size ranks.
  const block = stride * ranks.length
  const start = rank - (rank % block) + (rank % stride)
  return ranks.map((_, i) => start + i * stride).join(',')
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
  const columns = lists.map((list, r) => columnOf(sides[r]!, list))
  lists.forEach((list, r) => {
    const partner =
      r === reference ? list.map((_, i) => i) : partners(columns[reference]!, columns[r]!)
    list.forEach((k, i) => {
      put(partner[i]! < 0 ? `${r} ${i}` : `${partner[i]}`, r, k)
    })
  })
  return [...rows.values()]
}

/** The collectives of a rank, by what tells them apart. */
interface Column {
  signature: string[]
  startNs: number[]
  endNs: number[]
}

function columnOf(side: RankSide, list: readonly number[]): Column {
  return {
    signature: list.map((k) => {
      const { kind, elements } = collectiveOf(side, k)
      const { op } = side.trace.kernels[k]!
      const call = [op?.name ?? '', ...(op?.parents ?? [])].find((name) =>
        name.startsWith('c10d::'),
      )
      return `${kind} ${elements} ${call ?? ''}`
    }),
    startNs: list.map((k) => side.startNs[k]!),
    endNs: list.map((k) => side.endNs[k]!),
  }
}

/** For each collective of a rank its place in the reference, or −1. */
function partners(reference: Column, own: Column): number[] {
  const shift = bestShift(reference, own)
  const byOrder = own.signature.map((signature, i) =>
    reference.signature[i + shift] === signature ? i + shift : -1,
  )
  const byEnd = partnersByEnd(reference, own)
  const together = byOrder.filter(
    (p, i) =>
      p >= 0 && own.startNs[i]! <= reference.endNs[p]! && reference.startNs[p]! <= own.endNs[i]!,
  ).length
  return byEnd.filter((p) => p >= 0).length > together ? byEnd : byOrder
}

/** Ends of one collective lie this close on all ranks, in nanoseconds or as a part of the shorter. */
const END_NS = 100_000
const END_PART = 0.05

function partnersByEnd(reference: Column, own: Column): number[] {
  const result = own.signature.map(() => -1)
  const ends = (column: Column) =>
    column.endNs.map((_, i) => i).sort((a, b) => column.endNs[a]! - column.endNs[b]! || a - b)
  const [to, of] = [ends(reference), ends(own)]
  for (let a = 0, b = 0; a < to.length && b < of.length; ) {
    const [p, i] = [to[a]!, of[b]!]
    const difference = own.endNs[i]! - reference.endNs[p]!
    const shorter = Math.min(
      own.endNs[i]! - own.startNs[i]!,
      reference.endNs[p]! - reference.startNs[p]!,
    )
    const near = Math.abs(difference) <= Math.max(END_NS, END_PART * shorter)
    if (near && own.signature[i] === reference.signature[p]) {
      result[i] = p
      a++
      b++
    } else if (difference > 0) a++
    else b++
  }
  return result
}

/** Places that the list of a rank must move up to lie beside the reference. */
function bestShift(reference: Column, own: Column): number {
  const [of, to] = [own.signature, reference.signature]
  let best = { shift: 0, agree: -1, distanceNs: Infinity }
  for (let step = 0; step <= 2 * MAX_SHIFT; step++) {
    // 0, 1, −1, 2, −2, …: of equal shifts the smallest wins.
    const shift = step % 2 === 1 ? (step + 1) / 2 : -step / 2
    const differences: number[] = []
    for (let i = Math.max(0, -shift); i < of.length && i + shift < to.length; i++) {
      if (of[i] === to[i + shift]) {
        differences.push(Math.abs(own.endNs[i]! - reference.endNs[i + shift]!))
      }
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
