// The chain of events that decided when the last activity ended.
//
// The path is walked backwards from the last end. Each step asks what the event at hand waited for last:
//
//   an activity     the end of the one before it on its stream; the end of one on another stream that
//                   it waited for (stream and event of the runtime calls where the trace has them; else
//                   one that ended at most EVENT_NS before it started, and was launched earlier); its
//                   launch, which holds it back until `launch start + typical launch latency`; in a
//                   matched collective, the last rank to arrive
//   a launch        the call before it on its thread, through what the host did between the two
//   a host call     its start; the end of an activity, where the call waits (…Synchronize, a copy that
//                   blocks) and the activity ended inside of it
//
// So every nanosecond from the first start to the last end is on the path exactly once, and the segments
// add up to the window. HTA's critical path (longest path through a weighted graph) has the same edges
// but loses kernels of CUDA graphs, which have no launch of their own (HTA #290); here they follow their
// stream.
import type { KernelTrace } from '@flowsim/trace-schema'
import { COMMUNICATION, MEMORY } from './activity.js'
import { getOrAdd } from './get-or-add.js'
import { lowerBound } from './intervals.js'
import {
  type CollectiveMatches,
  checkRanks,
  matchCollectives,
  type RankTrace,
} from './match-collectives.js'
import { lastEndedIn, RankSide, type Release, released } from './rank-side.js'

/** What the path goes through. */
export type PathKind =
  | 'computation'
  | 'communication'
  | 'memcpy'
  /** From a launch call's start to the activity's start. */
  | 'launch'
  /** The host between two calls of the runtime. */
  | 'host'
  /** A call of the runtime that launches nothing on the path. */
  | 'call'
  /** From the end of an activity to the end of the call that waited for it. */
  | 'sync'
  /** From the end of what an activity waited for to its start. */
  | 'gap'

/** One stretch of the critical path. */
export interface PathSegment {
  kind: PathKind
  rank: number
  startNs: number
  durationNs: number
  /** Place in the rank's `kernels`: the activity itself, or the one that a launch or gap leads to. */
  kernel?: number
  /** Runtime call, for `launch`, `call` and `sync`. */
  api?: string
  /** A dependency between streams that no runtime call names. */
  inferred?: boolean
}

/** Result of {@link criticalPath}. */
export interface CriticalPath {
  /** On the clock of the first rank. */
  startNs: number
  windowNs: number
  /** In order of time; they cover the window without a gap. */
  segments: PathSegment[]
  /** Nanoseconds by kind; they add up to `windowNs`. */
  kinds: Record<PathKind, number>
  /** Activities on the path by name, longest first. */
  kernels: { name: string; count: number; ns: number }[]
}

const BLOCKING = /Synchronize|Memcpy(?!.*Peer)|Memset(?!Async)|EventQuery|hipMemcpyWithStream/

/**
 * The critical path of one trace, or of the traces of several ranks joined by their collectives. The
 * rules stand at the top of the file. With `trace.hostCalls` it follows synchronisation and events;
 * without them it knows launches only.
 *
 * @throws AnalysisError as `matchCollectives`.
 */
export function criticalPath(
  input: KernelTrace | readonly RankTrace[],
  options: { matches?: CollectiveMatches } = {},
): CriticalPath {
  const ranks = isTrace(input) ? [{ rank: input.rank ?? 0, trace: input }] : input
  const base = BigInt(checkRanks(ranks).trace.baseTimeNs)
  const matches = options.matches ?? (ranks.length > 1 ? matchCollectives(ranks) : undefined)
  const offset = new Map(matches?.clocks.map(({ rank, offsetNs }) => [rank, offsetNs]))
  const sides = ranks.map((rank) => {
    const shiftNs = Number(BigInt(rank.trace.baseTimeNs) - base) + (offset.get(rank.rank) ?? 0)
    return new RankSide(rank, shiftNs)
  })
  const meetings = meetingsOf(sides, matches)
  return walk(sides, meetings)
}

function isTrace(input: KernelTrace | readonly RankTrace[]): input is KernelTrace {
  return !Array.isArray(input)
}

/** Last arrivals: for a rank and kernel, the rank and kernel that arrived last at the collective. */
interface Meeting {
  side: RankSide
  row: number
}
type Meetings = Map<RankSide, Map<number, Meeting>>

function meetingsOf(sides: RankSide[], matches: CollectiveMatches | undefined): Meetings {
  const byRank = new Map(sides.map((side) => [side.rank, side]))
  const meetings: Meetings = new Map(sides.map((side) => [side, new Map()]))
  for (const { members, slowestRank } of matches?.matched ?? []) {
    const last = members.find(({ rank }) => rank === slowestRank)!
    const side = byRank.get(slowestRank)
    if (!side) continue
    const row = side.rowOf(last.kernel)
    for (const member of members) {
      const own = byRank.get(member.rank)
      if (own && own !== side) meetings.get(own)!.set(own.rowOf(member.kernel), { side, row })
    }
  }
  return meetings
}

/** The walk back from the last end; `at` only falls, so it ends. */
function walk(sides: RankSide[], meetings: Meetings): CriticalPath {
  const startNs = Math.min(
    ...sides.map(({ table }) => (table.count > 0 ? table.startNs[0]! : Infinity)),
  )
  const segments: PathSegment[] = []
  const used = sides.filter(({ table }) => table.count > 0)
  const lastEnd = ({ ends }: RankSide) => ends.at(-1)!
  const last = used.reduce<RankSide | undefined>(
    (best, side) => (best && lastEnd(best) >= lastEnd(side) ? best : side),
    undefined,
  )
  if (!last) return summary([], 0, 0, sides)
  const endNs = lastEnd(last)
  let side: RankSide = last
  let row: number = side.byEnd.at(-1)!
  let at = endNs
  let thread = ''

  const push = (kind: PathKind, from: number, more: Partial<PathSegment> = {}) => {
    const start = Math.max(from, startNs)
    if (start < at) {
      segments.push({ kind, rank: side.rank, startNs: start, durationNs: at - start, ...more })
      at = start
    }
  }
  while (at > startNs) {
    if (row >= 0) {
      const kernel: number = side.table.index[row]!
      const meeting: Meeting | undefined = meetings.get(side)?.get(row)
      if (meeting) {
        const arrival = meeting.side.table.startNs[meeting.row]!
        if (arrival > side.table.startNs[row]! && arrival < at) {
          push(KINDS[side.kinds[row]!]!, arrival, { kernel })
          side = meeting.side
          row = meeting.row
        }
      }
      const own: number = side.table.index[row]!
      push(KINDS[side.kinds[row]!]!, side.table.startNs[row]!, { kernel: own })
      const next: Release = released(side, row)
      if (next.by === 'launch') {
        push('launch', next.launch.startNs, { kernel: own, api: next.launch.api })
        thread = next.launch.thread
        row = -1
      } else if (next.by === 'activity') {
        const inferred = next.inferred ? { inferred: true } : {}
        push('gap', side.table.endNs[next.row]!, { kernel: own, ...inferred })
        row = next.row
      } else {
        push('gap', startNs, { kernel: own })
      }
    } else {
      const { calls, startNs: starts } = side.threads.get(thread) ?? { calls: [], startNs: [] }
      const call = calls[lowerBound(starts, at) - 1]
      if (!call) {
        push('host', startNs)
        continue
      }
      push('host', Math.min(at, call.endNs))
      const waited = BLOCKING.test(call.api) ? lastEndedIn(side, call, at) : -1
      if (waited >= 0) {
        push('sync', side.table.endNs[waited]!, { api: call.api })
        row = waited
      } else {
        push('call', call.startNs, { api: call.api })
      }
    }
  }
  return summary(segments.reverse(), startNs, endNs - startNs, sides)
}

const KINDS: Record<number, 'computation' | 'communication' | 'memcpy'> = {
  0: 'computation',
  [COMMUNICATION]: 'communication',
  [MEMORY]: 'memcpy',
}

function summary(
  segments: PathSegment[],
  startNs: number,
  windowNs: number,
  sides: RankSide[],
): CriticalPath {
  const kinds: CriticalPath['kinds'] = {
    computation: 0,
    communication: 0,
    memcpy: 0,
    launch: 0,
    host: 0,
    call: 0,
    sync: 0,
    gap: 0,
  }
  const byRank = new Map(sides.map((side) => [side.rank, side]))
  const kernels = new Map<string, { name: string; count: number; ns: number }>()
  for (const { kind, durationNs, kernel, rank } of segments) {
    kinds[kind] += durationNs
    if (kernel === undefined || kind === 'launch' || kind === 'gap') continue
    const { name } = byRank.get(rank)!.trace.kernels[kernel]!
    const entry = getOrAdd(kernels, name, () => ({ name, count: 0, ns: 0 }))
    entry.count++
    entry.ns += durationNs
  }
  return {
    startNs,
    windowNs,
    segments,
    kinds,
    kernels: [...kernels.values()].sort((a, b) => b.ns - a.ns),
  }
}
