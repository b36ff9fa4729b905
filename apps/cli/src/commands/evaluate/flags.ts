// flowsim evaluate: predictions against measured rows, or kernel times of tables against those of a trace.

import type { MeasuredOp } from '@flowsim/calibration'
import type { Command } from 'commander'
import { addFailIf, type FailIfFlags } from '../../program/fail-if.js'
import { example } from '../../program/help.js'
import {
  addModelOptions,
  collect,
  hardwareOption,
  type ModelFlags,
  measuredOpOption,
} from '../../program/options.js'
import { addTableOptions, type FormatFlags } from '../../program/tables.js'

/** Columns of groups where none are named; rows may lack them. */
export const DEFAULT_GROUPS = 'gpu,dtype'

/** Options of `flowsim evaluate`. */
export interface EvaluateFlags extends ModelFlags, FailIfFlags, FormatFlags {
  op?: MeasuredOp
  where?: string[]
  groupBy: string
  hardware?: string
  times?: string[]
  kernels?: string
  salvage?: true
}

/** Options that mean nothing with --times. */
const OF_ROWS = [
  'op',
  'where',
  'groupBy',
  'hardware',
  'model',
  'profile',
  'measurements',
  'command',
  'collectives',
]

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description(
      'Compare a latency model with measured rows, or simulated kernel times with a trace.',
    )
    .argument(
      '<file>',
      'measured rows: CSV with a header (.csv, .csv.gz), or Parquet; with --times a trace',
    )
    .addOption(measuredOpOption('what the rows measure'))
    .option('--where <column=value>', 'only rows with this value; repeat for more', collect)
    .option('--group-by <columns>', 'columns by which errors are grouped', DEFAULT_GROUPS)
    .addOption(hardwareOption())
    .option(
      '--times <csv>',
      "kernel times to hold against the trace's: of external collect, or kernels.csv of simulate; repeat for more",
      collect,
    )
    .option('--kernels <file>', 'with --times: kernel database to use beside the built-in rules')
    .option('--salvage', 'with --times: keep what is complete of a file that is cut off')
  addFailIf(addTableOptions(addModelOptions(command)), 'mape>10%, bias>5%').action(
    async (file: string, flags: EvaluateFlags) => {
      if (flags.times !== undefined) {
        const given = OF_ROWS.filter((name) => command.getOptionValueSource(name) === 'cli')
        const { evaluateTimes } = await import('./times.js')
        await evaluateTimes(file, { ...flags, times: flags.times }, given)
        return
      }
      const { evaluate } = await import('./run.js')
      await evaluate(file, flags)
    },
  )
  example(
    command,
    'flowsim evaluate gemm.csv.gz --op gemm --model calibrated --where gpu=h100_sxm --group-by dtype',
    'flowsim evaluate trace.json.gz --times simulated/times.csv --times model/kernels.csv',
  )
}
