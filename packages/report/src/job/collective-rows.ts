// Matched collectives in groups of one kind, size and process group.
import type { CollectiveMatches, MatchedCollective } from '@flowsim/analysis'
import { group, median, mode } from 'd3-array'

/** A group of collectives; times are medians unless their names say other. */
export interface CollectiveRow {
  kind: string
  group: string
  ranks: number | null
  bytes: number | null
  count: number
  transferNs: number
  skewNs: number
  mostSkewNs: number
  /** At the median transfer; null where the size is not known. */
  algorithmBytesPerS: number | null
  busBytesPerS: number | null
  /** The rank that came last most often. */
  lastRank: number
  /** Sum of transfers. */
  sumNs: number
}

/** The groups, the longest in transfer first. */
export function collectiveRows({ matched }: CollectiveMatches): CollectiveRow[] {
  const key = ({ kind, group: of, ranks, bytes }: MatchedCollective) =>
    [kind, of, ranks, bytes].join('|')
  return [...group(matched, key).values()]
    .map((calls): CollectiveRow => {
      const { kind, group: of, ranks, bytes } = calls[0]!
      return {
        kind,
        group: of,
        ranks,
        bytes,
        count: calls.length,
        transferNs: median(calls, ({ transferNs }) => transferNs)!,
        skewNs: median(calls, ({ arrivalSkewNs }) => arrivalSkewNs)!,
        mostSkewNs: calls.reduce((most, { arrivalSkewNs }) => Math.max(most, arrivalSkewNs), 0),
        algorithmBytesPerS: median(calls, (call) => call.algorithmBytesPerS) ?? null,
        busBytesPerS: median(calls, (call) => call.busBytesPerS) ?? null,
        lastRank: mode(calls, ({ slowestRank }) => slowestRank),
        sumNs: calls.reduce((sum, { transferNs }) => sum + transferNs, 0),
      }
    })
    .sort((a, b) => b.sumNs - a.sumNs)
}
