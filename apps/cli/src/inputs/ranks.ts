// The ranks of the traces that a command is given.
import { inferRanks, type RankIdentity } from '@flowsim/analysis'
import { CliError } from '../program/errors.js'
import type { LoadedTrace } from './load-trace.js'

/** The rank that `--ranks` gives the i-th trace, if it is given. */
export function givenRank(
  asked: readonly number[] | undefined,
  i: number,
  paths: readonly string[],
): { rank?: number } {
  if (asked === undefined) return {}
  if (asked.length !== paths.length) {
    throw new CliError(
      'usage',
      `--ranks ${asked.join(',')}: ${asked.length} ranks for ${paths.length} traces; give one for each`,
    )
  }
  return { rank: asked[i]! }
}

/** The rank of each loaded trace. */
export function ranksOfLoaded(
  loaded: readonly LoadedTrace[],
  asked: readonly number[] | undefined,
): RankIdentity[] {
  const paths = loaded.map(({ path }) => path)
  return inferRanks(
    loaded.map(({ path, trace }, i) => ({ name: path, trace, ...givenRank(asked, i, paths) })),
  )
}
