// The ranks of the traces that a command is given.
import { inferRanks, notOneJob, type RankIdentity } from '@flowsim/analysis'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import type { LoadedTrace } from './load-trace.js'

/** The rank that `--rank` gives the i-th trace, if it is given. */
export function givenRank(
  asked: readonly number[] | undefined,
  i: number,
  paths: readonly string[],
): { rank?: number } {
  if (asked === undefined) return {}
  if (asked.length !== paths.length) {
    throw new CliError(
      'usage',
      `--rank ${asked.join(',')}: ${asked.length} ranks for ${paths.length} traces; give one for each`,
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

type Given = Pick<LoadedTrace, 'trace'> & Partial<LoadedTrace>

/**
 * Whether traces are taken for ranks of one job: where something speaks against it they are, with a warning,
 * if the user names their ranks, and else not.
 */
export function areOneJob(traces: readonly Given[], asked: readonly number[] | undefined): boolean {
  const why = notOneJob(traces).join('; ')
  if (why === '') return true
  if (asked !== undefined) note(`warning: taken for ranks of one job as --rank says, but ${why}`)
  else
    note(
      `warning: not taken for ranks of one job, since ${why}; name their ranks with --rank if they are`,
    )
  return asked !== undefined
}

/** The same for what only ranks of one job can be given to; `instead` says what to do with others. */
export function requireOneJob(
  traces: readonly Given[],
  asked: readonly number[] | undefined,
  instead: string,
): void {
  const why = asked === undefined ? notOneJob(traces).join('; ') : ''
  if (why !== '') {
    throw new CliError(
      'failure',
      `not ranks of one job: ${why}; ${instead}, or name their ranks with --rank if they are`,
    )
  }
  areOneJob(traces, asked)
}
