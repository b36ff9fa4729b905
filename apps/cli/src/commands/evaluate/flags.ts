// flowsim evaluate: predictions against measured rows.

import type { MeasuredOp } from '@flowsim/calibration'
import type { Command } from 'commander'
import { addFailIf, type FailIfFlags } from '../../program/fail-if.js'
import { example } from '../../program/help.js'
import {
  addModelOptions,
  collect,
  hardwareOption,
  jsonOption,
  type ModelFlags,
  measuredOpOption,
} from '../../program/options.js'

/** Columns of groups where none are named; rows may lack them. */
export const DEFAULT_GROUPS = 'gpu,dtype'

/** Options of `flowsim evaluate`. */
export interface EvaluateFlags extends ModelFlags, FailIfFlags {
  op: MeasuredOp
  where?: string[]
  groupBy: string
  hardware?: string
  json?: true
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('Compare a latency model with measured rows.')
    .argument('<file>', 'measured rows: CSV with a header (.csv, .csv.gz), or Parquet')
    .addOption(measuredOpOption('what the rows measure').makeOptionMandatory())
    .option('--where <column=value>', 'only rows with this value; repeat for more', collect)
    .option('--group-by <columns>', 'columns by which errors are grouped', DEFAULT_GROUPS)
    .addOption(hardwareOption())
    .addOption(jsonOption())
  addFailIf(addModelOptions(command), 'mape>10%, bias>5%').action(
    async (file: string, flags: EvaluateFlags) => {
      const { evaluate } = await import('./run.js')
      await evaluate(file, flags)
    },
  )
  example(
    command,
    'flowsim evaluate gemm.csv.gz --op gemm --model calibrated --where gpu=h100_sxm --group-by dtype',
  )
}
