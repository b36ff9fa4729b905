// flowsim simulate: predicted times for the kernels of a trace, one by one and end to end.

import { type Command, Option } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { example } from '../../program/help.js'
import {
  addCaptureOptions,
  addLlmOptions,
  addModelOptions,
  type CaptureFlags,
  hardwareOption,
  jsonOption,
  type LanguageModelFlags,
  type ModelFlags,
  outputOption,
  rawOption,
  type StepsFlag,
  stepsOption,
} from '../../program/options.js'

/** Options of `flowsim simulate`. */
export interface SimulateFlags extends ModelFlags, LanguageModelFlags, CaptureFlags, StepsFlag {
  hardware?: string
  mode?: string
  absolute?: true
  l2: 'cold' | 'warm'
  backend: 'native' | 'http'
  apiUrl?: string
  apiToken?: string
  output: string
  salvage?: true
  kernels?: string
  raw?: true
  llm?: string
  json?: true
}

/** Options that `simulate` and `run` share. */
export function addSimulateOptions(command: Command): Command {
  return addCaptureOptions(addLlmOptions(addModelOptions(command)))
    .addOption(hardwareOption())
    .option(
      '--absolute',
      "the model's estimates, not measured × ratio of estimates, also on another device than that of the trace",
    )
    .option('--mode <mode>', 'variant of the model, such as heuristic-GPU or exhaustive for tile')
    .addOption(
      new Option('--l2 <state>', 'operands in the last-level cache at the start of a kernel')
        .choices(['cold', 'warm'])
        .default('cold'),
    )
    .addOption(
      new Option('--backend <where>', 'predict here, or by a service with the LLMCompass interface')
        .choices(['native', 'http'])
        .default('native'),
    )
    .option('--api-url <url>', 'service for --backend http')
    .option('--api-token <token>', 'what it asks for; better in FLOWSIM_SIMULATE_API_TOKEN')
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(stepsOption())
    .addOption(outputOption())
    .addOption(rawOption())
    .addOption(jsonOption())
}

export function addSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description('Predict the time of every kernel, and of the whole, on described hardware.')
    .argument('<trace>', 'trace file, or kernels that parse wrote as JSON lines')
  addSimulateOptions(command).action(async (trace: string, flags: SimulateFlags) => {
    flags.output ??= defaultFolder(trace)
    const { simulate } = await import('./run.js')
    await simulate(trace, flags)
  })
  example(
    command,
    'flowsim simulate trace.json.gz --hardware b200_sxm -o out',
    'flowsim simulate trace.json.gz --hardware b200_sxm --backend http --api-url http://sim:8000 -o out',
    'flowsim simulate out/trace.kernels.jsonl --hardware a100_sxm --model tile -o out-a100 --json',
  )
}
