// flowsim run: parse, simulate and report in one go.

import type { Command } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { example } from '../../program/help.js'
import {
  type CountersFlag,
  countersOption,
  type ExecutionTraceFlag,
  executionTraceOption,
  type RanksFlag,
  ranksOption,
} from '../../program/options.js'
import { addSimulateOptions, type SimulateFlags } from '../simulate/flags.js'

/** Options of `flowsim run`. */
export interface RunFlags extends SimulateFlags, CountersFlag, ExecutionTraceFlag, RanksFlag {}

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('Parse traces, predict their kernels and write a report, in one go.')
    .argument('<trace...>', 'trace files, or folders of them; several are ranks of one job')
    .addOption(ranksOption())
    .addOption(countersOption())
  addSimulateOptions(command)
    .addOption(executionTraceOption())
    .action(async (traces: string[], flags: RunFlags) => {
      flags.output ??= defaultFolder(traces[0]!)
      const { run } = await import('./run.js')
      await run(traces, flags)
    })
  example(
    command,
    'flowsim run trace.json.gz -o out',
    'flowsim run trace.json.gz --hardware b200_sxm -o out-b200',
  )
}
