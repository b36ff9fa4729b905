// flowsim evaluate: predictions against measured rows.
import type { MeasuredOp } from '@flowsim/perf-model'
import type { Command } from 'commander'
import {
  collect,
  example,
  hardwareOption,
  jsonOption,
  measuredOpOption,
} from '../program/options.js'

/** Options of `flowsim evaluate`. */
export interface EvaluateFlags {
  op: MeasuredOp
  model: string
  where?: string[]
  groupBy: string
  hardware?: string
  profile?: string[]
  measurements?: string
  json?: true
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('Compare a latency model with measured rows.')
    .argument('<file>', 'measured rows: CSV with a header, .csv or .csv.gz')
    .addOption(measuredOpOption('what the rows measure').makeOptionMandatory())
    .option('--model <name>', 'latency model: roofline, tile, calibrated, measured', 'calibrated')
    .option('--where <column=value>', 'only rows with this value; repeat for more', collect)
    .option('--group-by <columns>', 'columns by which errors are grouped', 'gpu,dtype')
    .addOption(hardwareOption())
    .option('--profile <file>', 'calibration profile that comes before the built-in ones', collect)
    .option('--measurements <file>', 'rows of the same kind for --model measured')
    .addOption(jsonOption())
    .action(async (file: string, flags: EvaluateFlags) => {
      const { evaluate } = await import('../work/evaluate.js')
      await evaluate(file, flags)
    })
  example(
    command,
    'flowsim evaluate gemm.csv.gz --op gemm --model calibrated --where gpu=h100_sxm --group-by dtype',
  )
}
