// flowsim merge: one trace out of those of several ranks.

import { join } from 'node:path'
import type { Command } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { example } from '../../program/help.js'
import { jsonOption, outputOption, ranksOption } from '../../program/options.js'

/** Options of `flowsim merge`. */
export interface MergeFlags {
  output: string
  ranks?: number[]
  json?: true
}

export function addMerge(program: Command): void {
  const command = program
    .command('merge')
    .description(
      'Put the traces of several ranks into one file that Perfetto opens, ranks labelled.',
    )
    .argument('<trace...>', 'trace files, or folders of them, one for each rank')
    .addOption(
      outputOption(
        'file to write, .gz compresses it; <input>-flowsim/merged.trace.json.gz if absent',
      ),
    )
    .addOption(ranksOption())
    .addOption(jsonOption())
    .action(async (traces: string[], flags: MergeFlags) => {
      flags.output ??= join(defaultFolder(traces[0]!), 'merged.trace.json.gz')
      const { merge } = await import('./run.js')
      await merge(traces, flags)
    })
  example(command, 'flowsim merge profile-TP-*.json.gz -o merged.json.gz')
}
