// flowsim replay: what the whole would take if something were different.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  addCaptureOptions,
  addLlmOptions,
  addModelOptions,
  type CaptureFlags,
  collect,
  jsonOption,
  type LanguageModelFlags,
  type ModelFlags,
  positiveInteger,
  ranksOption,
  rawOption,
  wholeNumber,
} from '../../program/options.js'

/** Options of `flowsim replay`. */
export interface ReplayFlags extends ModelFlags, LanguageModelFlags, CaptureFlags {
  llm?: string
  hardware?: string[]
  absolute?: true
  l2: 'cold' | 'warm'
  times?: string[]
  whatIf?: string[]
  ranks?: number[]
  assumeSymmetric?: number
  inference: boolean
  samples: number
  seed: number
  top: number
  output?: string
  kernels?: string
  salvage?: true
  raw?: true
  json?: true
}

export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description(
      'Replay traces from their dependencies: as measured, on other hardware, with other kernel times, what if.',
    )
    .argument(
      '<trace...>',
      'trace files, folders of them, or kernels that parse wrote as JSON lines; several are ranks of one job',
    )
    .option(
      '--hardware <name>',
      'what if on this device (flowsim hardware list) or description file; repeat for more',
      collect,
    )
  addCaptureOptions(addLlmOptions(addModelOptions(command)))
    .option(
      '--absolute',
      "the model's estimates, not measured × ratio of estimates between the two devices",
    )
    .addOption(
      new Option('--l2 <state>', 'operands in the last-level cache at the start of a kernel')
        .choices(['cold', 'warm'])
        .default('cold'),
    )
    .option('--times <csv>', 'what if with the kernel times of a table; repeat for more', collect)
    .option('--what-if <yaml>', 'what if with the scenarios of a file; repeat for more', collect)
    .addOption(ranksOption())
    .addOption(
      new Option(
        '--assume-symmetric <ranks>',
        'ranks of the job; those without a trace are copies of the ones given',
      ).argParser(positiveInteger),
    )
    .option('--no-inference', 'only dependencies that the trace names, none found by timing')
    .addOption(
      new Option('--samples <count>', 'replays from which p10 and p90 come')
        .default(64)
        .argParser(positiveInteger),
    )
    .addOption(new Option('--seed <number>', 'of the samples').default(1).argParser(wholeNumber))
    .addOption(
      new Option('--top <rows>', 'contributors of each scenario')
        .default(8)
        .argParser(positiveInteger),
    )
    .option(
      '-o, --output <dir>',
      'folder for the comparison (text, JSON, CSV) and the timelines; made if need be',
    )
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (traces: string[], flags: ReplayFlags) => {
      const { replayTraces } = await import('./run.js')
      await replayTraces(traces, flags)
    })
  example(
    command,
    'flowsim replay trace.json.gz --hardware b200_sxm --model calibrated -o out',
    'flowsim replay rank0.json.gz rank1.json.gz --what-if what-if.yaml',
    'flowsim replay rank0.json.gz --assume-symmetric 8 --what-if what-if.yaml --json',
  )
}
