// flowsim external: other simulators on parts of a trace.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { example } from '../../program/help.js'
import {
  collect,
  jsonOption,
  listOf,
  outputOption,
  positiveInteger,
  rawOption,
  wholeNumber,
} from '../../program/options.js'

/** What ASTRA-sim runs; written out so that help does not load the package. */
const COLLECTIVES = ['all_reduce', 'all_gather', 'reduce_scatter', 'all_to_all'] as const

/** Options of `flowsim external plan`. */
export interface PlanFlags {
  simulator: string
  topTime: number
  budget?: number
  stats?: string
  tracer: string
  traceDir: string
  preload?: true
  ops: (typeof COLLECTIVES)[number][]
  npus?: number
  sizes: string
  output?: string
  json?: true
}

/** Options of `flowsim external run`. */
export interface RunFlags {
  simulator: string
  binary?: string
  config: string[]
  plan?: string
  grid?: string[]
  repeat: number
  timeout?: number
  on?: string
  parallel?: number
  retries?: number
  memory?: number
  image?: string
  mount?: string[]
  partition?: string
  output: string
  dryRun?: true
  json?: true
}

/** Options of `flowsim external collect`. */
export interface CollectFlags {
  simulator: string
  log?: string[]
  stderr?: string
  list?: string
  npus?: number
  trace?: string
  output?: string
  raw?: true
  json?: true
}

export function addExternal(program: Command): void {
  const external = program
    .command('external')
    .description('Other simulators on parts of a trace, and their results back into it.')

  const plan = external
    .command('plan')
    .description(
      'Choose the launches that make up the time, and say how to record them; for ASTRA-sim, make workloads of one collective each.',
    )
    .argument('[trace]', 'trace file')
    .addOption(simulatorOption('astra-sim'))
    .addOption(
      new Option('--top-time <share>', 'share of the kernel time to make up')
        .argParser(share)
        .default(0.9, '90%'),
    )
    .option('--budget <instructions>', 'warp instructions to simulate at most', positiveInteger)
    .option('--stats <stats.csv>', "the tracer's list of all launches: their numbers and sizes")
    .option('--tracer <path>', 'tracer_tool.so of Accel-Sim', 'tracer_tool.so')
    .option('--trace-dir <dir>', 'folder for the traces to be recorded', 'sass-traces')
    .option('--preload', 'load the tracer by LD_PRELOAD, as version 1 needs it')
    .addOption(
      new Option('--ops <list>', 'astra-sim: which collectives')
        .argParser(listOf(COLLECTIVES))
        .default([...COLLECTIVES], COLLECTIVES.join(',')),
    )
    .option('--npus <count>', 'astra-sim: NPUs of the network', positiveInteger)
    .option('--sizes <range>', 'astra-sim: bytes, doubling: FROM:TO', '1KiB:256MiB')
    .option('-o, --output <dir>', 'folder for plan.json and tracer.env; made if need be')
    .addOption(jsonOption())
    .action(async (trace: string | undefined, flags: PlanFlags) => {
      if (flags.simulator === 'astra-sim') {
        const { planAstraSim } = await import('./plan-astra-sim.js')
        return planAstraSim(trace, flags)
      }
      const { plan: work } = await import('./plan.js')
      await work(trace, flags)
    })
  example(
    plan,
    'flowsim external plan trace.json.gz --top-time 90% -o plan',
    'flowsim external plan trace.json.gz --stats sass-traces/stats.csv --budget 50000000 -o plan',
    'flowsim external plan --simulator astra-sim --npus 8 --sizes 1KiB:256MiB -o collectives',
  )

  const run = external
    .command('run')
    .description(
      'Simulate recorded launches, or workloads, one a job: here, on Slurm or on Kubernetes.',
    )
    .argument('<traces>', 'folder with kernelslist.g and the processed traces, or with .et files')
    .addOption(simulatorOption('astra-sim'))
    .option(
      '--binary <path>',
      'the simulator; default accel-sim.out, or AstraSim_Analytical_Congestion_Aware',
    )
    .requiredOption(
      '--config <file>',
      'gpgpusim.config, trace.config; of astra-sim system=FILE, network=FILE, remote-memory=FILE; repeat',
      collect,
    )
    .option('--plan <plan.json>', 'launches to simulate; all in the folder if absent')
    .option(
      '--grid <name=a,b,…>',
      "option of the simulator over the files', such as gpgpu_n_mem=40,48; repeat: all combinations are run",
      collect,
    )
    .addOption(
      new Option('--repeat <times>', 'simulate each launch so often in a row; 2: with a warm cache')
        .argParser(positiveInteger)
        .default(1),
    )
    .option('--timeout <s>', 'give a launch up after so many seconds', positiveInteger)
    .option('--on <backend>', 'where to run, such as slurm; default local, or as configured')
    .option('--parallel <count>', 'launches at once', positiveInteger)
    .option('--retries <count>', 'times that a failed launch is run again', wholeNumber)
    .option('--memory <MiB>', 'memory of one; a large kernel takes 4096 to 8192', positiveInteger)
    .option('--image <image>', 'container image with the simulator')
    .option('--mount <from:to[:ro]>', 'folder, or pvc=CLAIM, in the container', collect)
    .option('--partition <name>', 'Slurm partition')
    .addOption(
      outputOption(
        'folder for logs, which flowsim external collect DIR reads; <traces>-flowsim if absent',
      ),
    )
    .option('--dry-run', 'print what would be submitted, and submit nothing')
    .addOption(jsonOption())
    .action(async (traces: string, flags: RunFlags) => {
      flags.output ??= defaultFolder(traces)
      if (flags.simulator === 'astra-sim') {
        const { runAstraSim } = await import('./run-astra-sim.js')
        return runAstraSim(traces, flags)
      }
      const { run: work } = await import('./run.js')
      await work(traces, flags)
    })
  example(
    run,
    'flowsim external run sass-traces --config gpgpusim.config --config trace.config -o sim',
    'flowsim external run sass-traces --config g.config --config t.config --grid gpgpu_n_mem=40,48 --repeat 2 --on slurm -o sim',
  )

  const collectCommand = external
    .command('collect')
    .description('Read what a simulator printed; with a trace, as times of its kernels.')
    .argument('[folder]', 'folder that flowsim external run filled')
    .addOption(simulatorOption('astra-sim'))
    .option('--log <file>', 'what a simulator printed on stdout; repeat for more', collect)
    .option('--stderr <file>', 'what it printed on stderr')
    .option('--list <kernelslist.g>', 'the kernels that it was given')
    .option('--npus <count>', 'astra-sim: NPUs of the network; each must report', positiveInteger)
    .option('--trace <trace>', 'trace whose kernels were simulated')
    .option('-o, --output <dir>', 'folder for kernels.csv and times.csv; made if need be')
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (folder: string | undefined, flags: CollectFlags) => {
      if (flags.simulator === 'astra-sim') {
        const { collectAstraSim } = await import('./collect-astra-sim.js')
        await collectAstraSim(folder, flags)
        return
      }
      const { collectResults } = await import('./collect.js')
      await collectResults(folder, flags)
    })
  example(
    collectCommand,
    'flowsim external collect --simulator astra-sim --log log/log.log --npus 8',
    'flowsim external collect networked --simulator astra-sim -o networked-times',
    'flowsim external collect --log stdout.log --trace trace.json.gz -o simulated',
    'flowsim external collect sim --trace trace.json.gz -o simulated',
    'flowsim replay trace.json.gz --times simulated/times.csv',
  )
}

function simulatorOption(...others: string[]): Option {
  return new Option('--simulator <name>', 'which simulator')
    .choices(['accel-sim', ...others])
    .default('accel-sim')
}

/** `90%` or 0.9. */
function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (!(value > 0 && value <= 1)) {
    throw new InvalidArgumentError(`"${text}" is not a share, such as 90%`)
  }
  return value
}
