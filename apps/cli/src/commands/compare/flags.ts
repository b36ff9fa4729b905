// flowsim compare: one workload, several simulators and a measured run.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import {
  commandOption,
  jsonOption,
  type LanguageModelFlags,
  offlineOption,
  type PricesFlag,
  pricesOption,
  rawOption,
} from '../../program/options.js'
import { addFormat, type FormatFlags } from '../../program/tables.js'

/** Options of `flowsim compare`. */
export interface CompareFlags extends Pick<LanguageModelFlags, 'offline'>, PricesFlag, FormatFlags {
  command?: string
}

export function addCompare(program: Command): void {
  const command = program
    .command('compare')
    .description(
      'Run one workload through several simulators and hold them against each other or a measured run.',
    )
    .argument('<file.yaml>', 'workload, runs and, where there is one, the measured run')
    .option('-o, --output <dir>', 'folder for comparison.json, comparison.csv and report.html')
    .addOption(pricesOption())
    .addOption(commandOption())
    .addOption(offlineOption())
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (file: string, flags: CompareFlags) => {
      const { compare } = await import('./run.js')
      await compare(file, flags)
    })
  addFormat(command)
  example(command, 'flowsim compare examples/serving/compare.yaml')
}
