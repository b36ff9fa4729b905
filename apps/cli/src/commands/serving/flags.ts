// flowsim serving: simulations of deployments, request by request.

import type { BackendName } from '@flowsim/profiler-runner'
import { Argument, type Command, Option } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { addFailIf, type FailIfFlags } from '../../program/fail-if.js'
import { example } from '../../program/help.js'
import {
  addLanguageModelOptions,
  collect,
  commandOption,
  hardwareOption,
  jsonOption,
  type LanguageModelFlags,
  offlineOption,
  outputOption,
  type PricesFlag,
  positiveInteger,
  positiveNumber,
  pricesOption,
  rawOption,
} from '../../program/options.js'
import { addFormat, type FormatFlags } from '../../program/tables.js'

type Offline = Pick<LanguageModelFlags, 'offline'>

/** Options of `flowsim serving run`. */
export interface ServingRunFlags
  extends Offline,
    FailIfFlags,
    PricesFlag,
    Omit<FormatFlags, 'format'> {
  format?: FormatFlags['format'] | 'vllm'
  config: string
  requests?: string
  command?: string
  plots: boolean
}

/** Options of `flowsim serving init`. */
export interface ServingInitFlags extends LanguageModelFlags {
  model: string
  hardware: string
  tp?: number
  output: string
  json?: true
}

/** Options of `flowsim serving sweep`. */
export interface ServingSweepFlags extends Offline, PricesFlag {
  config: string
  grid?: string[]
  command?: string
  slo?: string[]
  findRate?: true
  tolerance: number
  jobs?: number
  on?: BackendName
  image?: string
  mount?: string[]
  dryRun?: true
  output: string
  raw?: true
  json?: true
}

export function addServing(program: Command): void {
  const serving = program
    .command('serving')
    .description('Simulate LLM serving: requests in, TTFT, TPOT, throughput and KV use out.')

  const init = serving
    .command('init')
    .description(
      'Write a configuration with comments for a model and a device, to change and to run.',
    )
    .requiredOption(
      '--model <name>',
      'model: a name of the catalogue, a config.json, or org/name of a hub',
    )
    .addOption(hardwareOption().default('h100_sxm'))
    .addOption(
      new Option('--tp <n>', 'devices that share the model; as few as hold it if absent').argParser(
        positiveInteger,
      ),
    )
    .option('-o, --output <file.yaml>', 'file to write', 'serving.yaml')
    .addOption(jsonOption())
    .action(async (flags: ServingInitFlags) => {
      const { servingInit } = await import('./init/run.js')
      await servingInit(flags)
    })
  addLanguageModelOptions(init)
  example(init, 'flowsim serving init --model llama-3.1-8b --hardware h100_sxm')

  const run = serving
    .command('run')
    .description('One simulation.')
    .addArgument(configArgument())
    .addOption(configOption())
    .option('--requests <file>', 'requests from a trace instead of the section workload')
    .option(
      '-o, --output <dir>',
      'folder for summary.json, requests.csv, batches.csv, timeline.csv and report.html',
    )
    .option('--no-plots', 'leave the plots out')
    .addOption(pricesOption())
    .addOption(commandOption())
    .addOption(offlineOption())
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (file: string | undefined, flags: ServingRunFlags) => {
      const { servingRun } = await import('./run/run.js')
      await servingRun({ ...flags, config: configOf(run, file) })
    })
  addFormat(run, {
    forms: ['vllm'],
    help: ', or the result with the field names of vllm bench serve and of bench_serving of SGLang (vllm)',
  })
  addFailIf(run, 'ttft.p99S>1, attainment<0.99')
  example(
    run,
    'flowsim serving run serving.yaml',
    'flowsim serving run deployment.yaml --requests azure-conv.csv -o results',
  )

  const sweep = serving
    .command('sweep')
    .description(
      'Many simulations: every combination of --grid values, and with --find-rate the highest rate of ' +
        'each that meets --slo. A sweep that was stopped goes on where it was.',
    )
    .addArgument(configArgument())
    .addOption(configOption())
    .option(
      '--grid <name=a,b,…>',
      'values of a field of the configuration, such as scheduler.maxNumSeqs=64,256; repeat for each',
      collect,
    )
    .option(
      '--slo <limit>',
      'limit of a metric of the report, such as ttft.p99S<=2 or attainment>=0.99; repeat for each',
      collect,
    )
    .option('--find-rate', 'search for the highest workload.arrival.ratePerS that meets --slo')
    .addOption(
      new Option('--tolerance <share>', 'how close the search comes')
        .argParser(positiveNumber)
        .default(0.02),
    )
    .addOption(
      new Option('--jobs <n>', 'simulations at once; the number of processors if absent').argParser(
        positiveInteger,
      ),
    )
    .option(
      '--on <backend>',
      'submit each combination as a point of a job (flowsim jobs), outputs in DIR/INDEX',
    )
    .option('--image <image>', 'with --on: container image, with flowsim in it')
    .option('--mount <from:to[:ro]>', 'with --on: folder, or pvc=CLAIM, in the container', collect)
    .option('--dry-run', 'with --on: print what would be submitted, and submit nothing')
    .addOption(
      outputOption('folder for points.jsonl, sweep.csv and sweep.json; <config>-flowsim if absent'),
    )
    .addOption(pricesOption())
    .addOption(commandOption())
    .addOption(offlineOption())
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (file: string | undefined, flags: ServingSweepFlags) => {
      const config = configOf(sweep, file)
      const { servingSweep } = await import('./sweep/run.js')
      await servingSweep({ ...flags, config, output: flags.output ?? defaultFolder(config) })
    })
  example(
    sweep,
    'flowsim serving sweep deployment.yaml --grid stepTime.tensorParallel=1,2,4 --grid scheduler.maxNumSeqs=64,256 -o sweep',
    'flowsim serving sweep deployment.yaml --find-rate --slo "ttft.p99S<=2" --slo "tpot.p90S<=0.05" -o rate',
    'flowsim serving sweep deployment.yaml --grid workload.arrival.ratePerS=2,4,8 --on slurm -o sweep',
  )
}

function configArgument(): Argument {
  return new Argument('[config]', 'deployment and workload, a YAML file')
}

function configOption(): Option {
  return new Option('--config <file>', 'the same, where it is not the first word')
}

/** The configuration, which is the first word or `--config`. */
function configOf(command: Command, file: string | undefined): string {
  const { config = file } = command.opts<{ config?: string }>()
  if (config === undefined) {
    command.error("error: which configuration? Give a file, or make one by 'flowsim serving init'")
  }
  if (file !== undefined && file !== config) {
    command.error(`error: two configurations are given: ${file} and ${config}`)
  }
  return config
}
