// The same collective on several ranks: who came last, who waited, and what the transfer took.
//
// Which calls are one is told in align-collectives.ts.
//
//   arrival skew  = last start − first start
//   transfer time = min over ranks of the duration, for kinds in which no rank can end before all have
//                   arrived and all move the same amount (all_reduce, all_gather, reduce_scatter,
//                   barrier, and broadcast as the bound that is known); the last rank to arrive waits
//                   for nobody
//                 = last end − last start for all_to_all, whose ranks may move different amounts
//   wait of a rank = its duration − transfer time, at least 0
//
// Clocks: one node's ranks share a clock. Where more than half of the collectives that all ranks must meet
// in do not even intersect, which is impossible, the clocks differ: each rank is shifted by the median
// difference of its ends to those of the first rank.
import type { CollectiveKind, Dtype, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { median } from 'd3-array'
import { alignCalls, type Call, endOf, intersect } from './align-collectives.js'
import { bandwidth, type Collective, collectiveCalls } from './collectives.js'
import { AnalysisError } from './errors.js'

/** The trace of one rank. */
export interface RankTrace {
  rank: number
  trace: KernelTrace
  operations?: readonly KernelOperation[]
  /** The rank whose trace this is a copy of, where the rank has none and is taken to be like another. */
  copyOf?: number | null
}

/** One rank's part in a collective. */
export interface CollectiveMember {
  rank: number
  /** Place in the `kernels` of the rank's trace. */
  kernel: number
  /** On the clock of the first rank, after its `baseTimeNs`. */
  startNs: number
  durationNs: number
  waitNs: number
}

/** One collective on all ranks that recorded it. */
export interface MatchedCollective {
  kind: CollectiveKind
  /** Whether no rank can end before all have arrived, since each needs something of every other. */
  meets: boolean
  group: string
  /** Number in the group: the profiler's, or counted. */
  sequence: number
  dtype: Dtype | null
  bytes: number | null
  /** Ranks in the group; null when unknown. */
  ranks: number | null
  /** In the order of ranks. */
  members: CollectiveMember[]
  arrivalSkewNs: number
  /** Rank that arrived last. */
  slowestRank: number
  transferNs: number
  /** Of the transfer, without the wait. */
  algorithmBytesPerS: number | null
  busBytesPerS: number | null
}

/** What a rank does to the others. */
export interface Straggler {
  rank: number
  /** Matched collectives that the rank took part in. */
  count: number
  /** Of those, how often it arrived last, by more than a microsecond. */
  lastArrivals: number
  /** How long after the first rank it arrived, on average. */
  meanLatenessNs: number
  /** Time that it waited for others. */
  waitNs: number
  /** Time that others waited, in the collectives to which it came last. */
  causedWaitNs: number
}

/** Result of {@link matchCollectives}. */
export interface CollectiveMatches {
  /** In order of time. */
  matched: MatchedCollective[]
  /** Collectives that only one rank has, by rank. */
  unmatched: { rank: number; count: number; sumNs: number }[]
  /** Worst first: by the time that others waited for it; empty where a trace has no starts that were measured. */
  stragglers: Straggler[]
  /** What was added to the clock of each rank. */
  clocks: { rank: number; offsetNs: number }[]
}

/** Kinds in which every rank needs something of every other. */
const MEETS: ReadonlySet<CollectiveKind> = new Set([
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'all_to_all',
  'barrier',
])

/**
 * Matches the collectives of several ranks and tells waiting from transfer. Rules stand at the top of
 * the file.
 *
 * @param options.alignClocks shift clocks always, never, or (`auto`, the default) when they must differ.
 * @throws AnalysisError `no_traces` without traces, `duplicate_rank` when two have the same rank,
 * `operations_mismatch` as everywhere.
 */
export function matchCollectives(
  ranks: readonly RankTrace[],
  options: { alignClocks?: 'auto' | 'always' | 'never' } = {},
): CollectiveMatches {
  const first = checkRanks(ranks)
  const sorted = [...ranks].sort((a, b) => a.rank - b.rank)
  const base = BigInt(first.trace.baseTimeNs)
  const perRank = sorted.map((each) => ({
    rank: each.rank,
    shiftNs: Number(BigInt(each.trace.baseTimeNs) - base),
    groups: byGroup(each, collectiveCalls(each.trace, each.operations)),
  }))
  const matched: Draft[] = []
  const unmatched = perRank.map(({ rank }) => ({ rank, count: 0, sumNs: 0 }))
  for (const key of new Set(perRank.flatMap(({ groups }) => [...groups.keys()]))) {
    const lists = perRank.map(({ shiftNs, groups }) =>
      (groups.get(key) ?? []).map((call) => ({ ...call, startNs: call.startNs + shiftNs })),
    )
    for (const { sequence, calls } of alignCalls(lists)) {
      const present = calls.flatMap((call, r) => (call ? [{ r, call }] : []))
      if (present.length > 1) matched.push({ sequence, present })
      for (const { r, call } of present.length > 1 ? [] : present) {
        unmatched[r]!.count++
        unmatched[r]!.sumNs += call.durationNs
      }
    }
  }
  const offsets = clockOffsets(matched, perRank.length, options.alignClocks ?? 'auto')
  const result = matched
    .map((draft) =>
      finish(
        draft,
        perRank.map(({ rank }) => rank),
        offsets,
      ),
    )
    .sort((a, b) => a.members[0]!.startNs - b.members[0]!.startNs)
  return {
    matched: result,
    unmatched,
    stragglers: sorted.every(hasMeasuredStarts)
      ? stragglers(
          result,
          perRank.map(({ rank }) => rank),
        )
      : [],
    clocks: perRank.map(({ rank }, r) => ({ rank, offsetNs: offsets[r]! })),
  }
}

/** Whether the file told when activities began: who came late is known by nothing else. */
export function hasMeasuredStarts({ trace }: RankTrace): boolean {
  return trace.repairs.every(({ kind }) => kind !== 'no_start')
}

/** The first of the ranks; throws where there is none, or one twice. */
export function checkRanks(ranks: readonly RankTrace[]): RankTrace {
  const sorted = [...ranks].sort((a, b) => a.rank - b.rank)
  if (!sorted[0]) throw new AnalysisError('no_traces', 'no traces; pass at least one')
  for (let r = 1; r < sorted.length; r++) {
    if (sorted[r]!.rank === sorted[r - 1]!.rank) {
      throw new AnalysisError(
        'duplicate_rank',
        `${sorted[r]!.trace.source}: rank ${sorted[r]!.rank} is also that of ${sorted[r - 1]!.trace.source}; name the ranks`,
      )
    }
  }
  return sorted[0]
}

interface Draft {
  sequence: number
  present: { r: number; call: Call }[]
}

/** Calls of the libraries by process group, custom ones by kind and size. */
function byGroup(of: RankTrace, calls: readonly Collective[]): Map<string, Call[]> {
  const groups = new Map<string, Call[]>()
  for (const call of calls) {
    const { collective } = of.trace.kernels[call.kernel]!
    const ranks = ranksOf(of, collective?.ranks ?? [])
    const size = ranks || (call.ranks ?? '')
    const key = call.library ? `${call.group}|${size}` : `custom ${call.kind}|${size}`
    const group = groups.get(key)
    const entry = { ...call, sequence: collective?.sequence }
    if (group) group.push(entry)
    else groups.set(key, [entry])
  }
  return groups
}

/** Ranks of a collective's group; a copy of another rank belongs to the group that lies like the other's. */
function ranksOf({ rank, copyOf }: RankTrace, ranks: readonly number[]): string {
  if (copyOf == null || ranks.length < 2 || ranks.includes(rank)) return ranks.join(',')
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

function clockOffsets(
  matched: readonly Draft[],
  ranks: number,
  mode: 'auto' | 'always' | 'never',
): number[] {
  const offsets = Array.from({ length: ranks }, () => 0)
  if (mode === 'never') return offsets
  const differences = offsets.map((): number[] => [])
  const apart = offsets.map(() => 0)
  for (const { present } of matched) {
    const first = present[0]!
    if (first.r !== 0 || !MEETS.has(first.call.kind)) continue
    for (const { r, call } of present) {
      differences[r]!.push(endOf(first.call) - endOf(call))
      if (!intersect(call, first.call)) apart[r]!++
    }
  }
  for (let r = 1; r < ranks; r++) {
    if (mode === 'always' || apart[r]! * 2 > differences[r]!.length) {
      offsets[r] = Math.round(median(differences[r]!) ?? 0)
    }
  }
  return offsets
}

function finish(
  { sequence, present }: Draft,
  ranks: number[],
  offsets: number[],
): MatchedCollective {
  const { kind, group, dtype, bytes, ranks: size } = present[0]!.call
  const starts = present.map(({ r, call }) => call.startNs + offsets[r]!)
  const ends = present.map(({ call }, i) => starts[i]! + call.durationNs)
  const lastStart = Math.max(...starts)
  const transferNs =
    kind === 'all_to_all'
      ? Math.max(0, Math.max(...ends) - lastStart)
      : Math.min(...present.map(({ call }) => call.durationNs))
  return {
    kind,
    meets: MEETS.has(kind),
    group,
    sequence,
    dtype,
    bytes,
    ranks: size,
    members: present.map(({ r, call }, i) => ({
      rank: ranks[r]!,
      kernel: call.kernel,
      startNs: starts[i]!,
      durationNs: call.durationNs,
      waitNs: Math.max(0, call.durationNs - transferNs),
    })),
    arrivalSkewNs: lastStart - Math.min(...starts),
    slowestRank: ranks[present[starts.indexOf(lastStart)]!.r]!,
    transferNs,
    ...bandwidth(kind, size, bytes, transferNs),
  }
}

const LATE_NS = 1000

function stragglers(matched: readonly MatchedCollective[], ranks: number[]): Straggler[] {
  const rows = new Map(
    ranks.map((rank) => [
      rank,
      { rank, count: 0, lastArrivals: 0, meanLatenessNs: 0, waitNs: 0, causedWaitNs: 0 },
    ]),
  )
  for (const { members, slowestRank, arrivalSkewNs } of matched) {
    let firstStart = Infinity
    for (const { startNs } of members) firstStart = Math.min(firstStart, startNs)
    let waited = 0
    for (const { rank, startNs, waitNs } of members) {
      const row = rows.get(rank)!
      row.count++
      row.meanLatenessNs += startNs - firstStart
      row.waitNs += waitNs
      waited += waitNs
    }
    if (arrivalSkewNs <= LATE_NS) continue
    const slowest = rows.get(slowestRank)!
    slowest.lastArrivals++
    slowest.causedWaitNs += waited
  }
  return [...rows.values()]
    .map((row) => ({ ...row, meanLatenessNs: row.count > 0 ? row.meanLatenessNs / row.count : 0 }))
    .sort((a, b) => b.causedWaitNs - a.causedWaitNs || a.rank - b.rank)
}
