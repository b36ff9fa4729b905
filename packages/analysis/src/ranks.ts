// Which rank a trace is of.
import type { KernelTrace } from '@flowsim/trace-schema'
import { AnalysisError } from './errors.js'

/** A trace and what is said of its rank. */
export interface RankInput {
  /** The trace, or what its header says. */
  trace: Pick<KernelTrace, 'source' | 'rank' | 'worldSize'>
  /** File name; `trace.source` if absent. */
  name?: string
  /** Rank that the user names; wins over everything. */
  rank?: number
}

/** The rank of a trace. */
export interface RankIdentity {
  rank: number
  /** Ranks in the job; null when unknown. */
  worldSize: number | null
  /** `TP-0 DP-1` from the name, or `rank 0`. */
  label: string
  from: 'flag' | 'metadata' | 'name' | 'order'
}

const PARTS = ['TP', 'DP', 'PP', 'EP'] as const
type Parts = Partial<Record<(typeof PARTS)[number], number>>

/**
 * Rank and parallel coordinates in a file name: `…-TP-0-DP-1-EXTEND.trace.json.gz` has TP 0 and DP 1.
 * `tp4` is a size, not a coordinate.
 */
export function rankInName(name: string): { rank: number | null; parts: Parts } {
  const file = name.replace(/^.*[\\/]/, '')
  const parts: Parts = {}
  for (const part of PARTS) {
    const match = new RegExp(`(?:^|[^A-Za-z])${part}[-_](\\d+)`).exec(file)
    if (match) parts[part] = Number(match[1])
  }
  const rank = /(?:^|[^A-Za-z])rank[-_ ]?(\d+)/i.exec(file)
  return { rank: rank ? Number(rank[1]) : null, parts }
}

/**
 * The rank of each trace: as the user says, else from the trace's metadata, else from the file name
 * (`rank-3`, `TP-0`, `-DP-1-`, `PP-1`), else by order. Where a source gives two traces the same rank,
 * as replicas of a server do, the next source is asked. Coordinates in names count tensor-parallel
 * ranks fastest, then pipeline stages, then replicas (the last only where the rest does not tell the
 * traces apart: with data-parallel attention, SGLang's TP number is the rank).
 *
 * @throws AnalysisError `duplicate_rank` when the user names one rank twice.
 */
export function inferRanks(inputs: readonly RankInput[]): RankIdentity[] {
  const names = inputs.map(({ name, trace }) => rankInName(name ?? trace.source))
  const flags = inputs.map(({ rank }) => rank ?? null)
  const given = flags.filter((rank) => rank !== null)
  if (new Set(given).size < given.length) {
    throw new AnalysisError(
      'duplicate_rank',
      `ranks ${given.join(', ')}: two traces have the same rank; name each rank once`,
    )
  }
  const candidates: [RankIdentity['from'], (number | null)[]][] = [
    ['flag', flags],
    ['metadata', inputs.map(({ trace }) => trace.rank)],
    ['name', ranksFromNames(names)],
    ['order', inputs.map((_, i) => i)],
  ]
  const found = candidates.find(
    ([, ranks]) => ranks.every((rank) => rank !== null) && new Set(ranks).size === ranks.length,
  )!
  const [from, ranks] = found
  return inputs.map(({ trace }, i) => {
    const rank = ranks[i]!
    const { parts } = names[i]!
    const coordinates = PARTS.filter((part) => parts[part] !== undefined)
    return {
      rank,
      worldSize: trace.worldSize ?? null,
      label:
        coordinates.length > 0 && names[i]!.rank === null
          ? coordinates.map((part) => `${part}-${parts[part]}`).join(' ')
          : `rank ${rank}`,
      from,
    }
  })
}

function ranksFromNames(names: ReturnType<typeof rankInName>[]): (number | null)[] {
  if (names.every(({ rank }) => rank !== null)) return names.map(({ rank }) => rank)
  const size = (part: keyof Parts) => 1 + Math.max(0, ...names.map(({ parts }) => parts[part] ?? 0))
  const [tp, pp] = [size('TP'), size('PP')]
  if (names.some(({ parts }) => Object.keys(parts).length === 0)) return names.map(() => null)
  const inner = names.map(({ parts }) => (parts.PP ?? 0) * tp + (parts.TP ?? 0))
  if (new Set(inner).size === inner.length) return inner
  return names.map(({ parts }, i) => (parts.DP ?? parts.EP ?? 0) * pp * tp + inner[i]!)
}
