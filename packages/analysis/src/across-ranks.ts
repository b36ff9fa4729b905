// Time of a job by family, over its ranks.
//
// Work of a rank (everything but communication) counts with the mean over ranks: ranks compute at the
// same time. Communication counts with the sum over matched collectives of the transfer time, so that
// waiting for a slower rank is not called communication; it is shown by itself. Collectives that only
// one rank recorded count with the mean over ranks, as work does.
import type { OpFamily } from '@flowsim/trace-schema'
import { AnalysisError } from './errors.js'
import { byFamily } from './groups.js'
import {
  type CollectiveMatches,
  hasMeasuredStarts,
  matchCollectives,
  type RankTrace,
} from './match-collectives.js'

/** Time of one family over all ranks. */
export interface RankedFamily {
  family: OpFamily
  /** By the rules at the top of the file, in nanoseconds. */
  ns: number
  method: 'mean' | 'transfer'
  /** Over the sum of all families. */
  share: number
  /** Sum of durations on each rank, in order of ranks. */
  perRankNs: number[]
}

/** Result of {@link acrossRanks}. */
export interface RankReport {
  ranks: number[]
  /** Longest first. */
  families: RankedFamily[]
  totalNs: number
  /** Mean over ranks of the time spent waiting inside of collectives; null where starts were not measured. */
  waitNs: number | null
}

/**
 * Time by family over all ranks of a job. Rules stand at the top of the file.
 *
 * @throws AnalysisError as {@link matchCollectives}; `operations_mismatch` also where a rank has none.
 */
export function acrossRanks(
  ranks: readonly RankTrace[],
  matches: CollectiveMatches = matchCollectives(ranks),
): RankReport {
  const sorted = [...ranks].sort((a, b) => a.rank - b.rank)
  const perRank = sorted.map(({ trace, operations }) => {
    if (!operations) {
      throw new AnalysisError(
        'operations_mismatch',
        `${trace.source}: no operations; pass one for each kernel`,
      )
    }
    return new Map(byFamily(trace, operations).map(({ key, sumNs }) => [key, sumNs]))
  })
  const mean = (ns: number[]) => ns.reduce((a, b) => a + b, 0) / sorted.length
  const names = [...new Set(perRank.flatMap((families) => [...families.keys()]))] as OpFamily[]
  const families = names.map((family): RankedFamily => {
    const perRankNs = perRank.map((rank) => rank.get(family) ?? 0)
    if (family !== 'communication' || sorted.length === 1) {
      return { family, ns: mean(perRankNs), method: 'mean', share: 0, perRankNs }
    }
    const transfers = matches.matched.reduce((sum, { transferNs }) => sum + transferNs, 0)
    const alone = matches.unmatched.map(({ sumNs }) => sumNs)
    return { family, ns: transfers + mean(alone), method: 'transfer', share: 0, perRankNs }
  })
  const totalNs = families.reduce((sum, { ns }) => sum + ns, 0)
  return {
    ranks: sorted.map(({ rank }) => rank),
    families: families
      .map((row) => ({ ...row, share: totalNs > 0 ? row.ns / totalNs : 0 }))
      .sort((a, b) => b.ns - a.ns),
    totalNs,
    waitNs: ranks.every(hasMeasuredStarts)
      ? mean(matches.stragglers.map(({ waitNs }) => waitNs))
      : null,
  }
}
