// flowsim calibrate: a calibration profile from measured rows or from traces.
import type { MeasuredOp } from '@flowsim/calibration'
import type { Command } from 'commander'
import { example, hardwareOption, jsonOption, measuredOpOption } from '../../program/options.js'

/** Options of `flowsim calibrate`. */
export interface CalibrateFlags {
  hardware?: string
  output: string
  op?: MeasuredOp
  name?: string
  kernels?: string
  json?: true
}

export function addCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description('Fit a calibration profile to measured rows or to the kernels of traces.')
    .argument(
      '<files...>',
      'traces, kernels that parse wrote, or tables of measured rows (CSV, Parquet)',
    )
    .addOption(hardwareOption())
    .requiredOption('-o, --output <file>', 'the profile, a JSON file')
    .addOption(measuredOpOption('what the rows of tables measure'))
    .option('--name <name>', 'name of the profile; default: that of the output file')
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .addOption(jsonOption())
    .action(async (files: string[], flags: CalibrateFlags) => {
      const { calibrate } = await import('./run.js')
      await calibrate(files, flags)
    })
  example(
    command,
    'flowsim calibrate trace.json.gz --hardware h100_sxm -o my-h100.json',
    'flowsim calibrate gemm.csv --op gemm --hardware h100_sxm -o my-h100.json --json',
  )
}
