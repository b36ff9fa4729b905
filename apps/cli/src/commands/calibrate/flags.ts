// flowsim calibrate: a calibration profile from measured rows or from traces, or engine facts from serving runs.

import type { MeasuredOp } from '@flowsim/calibration'
import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { hardwareOption, jsonOption, measuredOpOption } from '../../program/options.js'

/** Options of `flowsim calibrate`. */
export interface CalibrateFlags {
  hardware?: string
  output: string
  op?: MeasuredOp
  name?: string
  kernels?: string
  serving?: true
  config?: string
  json?: true
}

export function addCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description(
      'Fit a calibration profile to measured rows or to the kernels of traces, or the host constants of an engine to runs of a deployment.',
    )
    .argument(
      '<files...>',
      'traces, kernels that parse wrote, tables of measured rows (CSV, Parquet); with --serving, runs',
    )
    .addOption(hardwareOption())
    .requiredOption('-o, --output <file>', 'the profile or the engine facts, a JSON file')
    .addOption(measuredOpOption('what the rows of tables measure'))
    .option('--name <name>', 'name of the profile; default: that of the output file')
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .option(
      '--serving',
      'files are runs: tables of requests, results of the benchmarks of vLLM, SGLang or GuideLLM, Prometheus text',
    )
    .option('--config <file>', 'with --serving: the deployment, as serving run takes it')
    .addOption(jsonOption())
    .action(async (files: string[], flags: CalibrateFlags) => {
      if (flags.serving) {
        const { calibrateServing } = await import('./serving.js')
        await calibrateServing(files, flags)
        return
      }
      const { calibrate } = await import('./run.js')
      await calibrate(files, flags)
    })
  example(
    command,
    'flowsim calibrate trace.json.gz --hardware h100_sxm -o my-h100.json',
    'flowsim calibrate gemm.csv --op gemm --hardware h100_sxm -o my-h100.json --json',
    'flowsim calibrate --serving bench-1.json bench-2.json --config deployment.yaml -o my-vllm.json',
  )
}
