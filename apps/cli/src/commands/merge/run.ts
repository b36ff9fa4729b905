// The work of `flowsim merge`.

import { inferRanks, type RankIdentity } from '@flowsim/analysis'
import { mergeTraces } from '@flowsim/parser'
import { fileText, parseFiles } from '@flowsim/parser/node'
import type { KernelTrace } from '@flowsim/trace-schema'
import { counted } from '@flowsim/trace-schema'
import { givenRank, requireOneJob } from '../../inputs/ranks.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { formatBytes, Progress } from '../../program/progress.js'
import type { MergeFlags } from './flags.js'

export async function merge(given: readonly string[], flags: MergeFlags): Promise<void> {
  const paths = await tracePaths(given)
  const identities = await ranksOf(paths, flags.ranks)
  const order = paths.map((_, i) => i).sort((a, b) => identities[a]!.rank - identities[b]!.rank)
  const progress = new Progress(`reading ${counted(paths.length, 'trace')}`)
  const inputs = order.map((i) => ({
    source: paths[i]!,
    rank: identities[i]!.rank,
    open: () =>
      fileText(paths[i]!, {
        source: paths[i]!,
        onProgress: (bytes) =>
          progress.update(() => `rank ${identities[i]!.rank}: ${formatBytes(bytes)} read`),
      }),
  }))
  try {
    await Outputs.file(flags.output, mergeTraces(inputs))
  } finally {
    progress.done()
  }
  const ranks = order.map((i) => ({ rank: identities[i]!.rank, source: paths[i]! }))
  if (flags.json) {
    printJson({ schema: 'flowsim.merge/1', output: flags.output, ranks })
    return
  }
  for (const { rank, source } of ranks) print(`rank ${rank}  ${source}`)
  print(`merged: ${flags.output}`)
}

/** Ranks by flag; else the traces are read for theirs, and have to be of one job. */
async function ranksOf(
  paths: readonly string[],
  asked: readonly number[] | undefined,
): Promise<RankIdentity[]> {
  if (asked !== undefined) {
    return inferRanks(
      paths.map((path, i) => ({
        trace: { source: path, rank: null, worldSize: null },
        ...givenRank(asked, i, paths),
      })),
    )
  }
  const read: { name: string; trace: KernelTrace }[] = []
  for await (const trace of parseFiles(paths, { stacks: 'none' })) {
    // The ends tell the time of a trace; memory does not grow with the files.
    const kernels = trace.kernels.filter((_, i, { length }) => i === 0 || i === length - 1)
    read.push({ name: paths[read.length]!, trace: { ...trace, kernels, annotations: [] } })
  }
  requireOneJob(read, asked, 'open them one by one')
  const ranks = inferRanks(read)
  if (paths.length > 1 && ranks.every(({ from }) => from === 'order')) {
    throw new CliError(
      'failure',
      `${paths[0]} and others: neither metadata nor names tell their ranks; give them with --rank 0,1,…`,
    )
  }
  return ranks
}
