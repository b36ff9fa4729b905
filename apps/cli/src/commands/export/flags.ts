// flowsim export: traces for other tools.

import { type Command, Option } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import {
  addGenerationOptions,
  type GenerationFlags,
  languageModelOption,
} from '../../program/generation-options.js'
import { example } from '../../program/help.js'
import {
  type ExecutionTraceFlag,
  executionTraceOption,
  jsonOption,
  outputOption,
  type RanksFlag,
  ranksOption,
  type StepsFlag,
  stepsOption,
} from '../../program/options.js'

/** Options of `flowsim export chakra`. */
export interface ExportChakraFlags
  extends ExecutionTraceFlag,
    RanksFlag,
    StepsFlag,
    GenerationFlags {
  model?: string
  output: string
  prefix: string
  salvage?: true
  json?: true
}

export function addExport(program: Command): void {
  const group = program.command('export').description('Write traces for other tools.')
  const chakra = group
    .command('chakra')
    .description(
      'Chakra execution traces for ASTRA-sim: computation merged between collectives, one .et a rank.',
    )
    .argument('[trace...]', 'trace files, or folders of them, one for each rank')
    .addOption(
      outputOption(
        'folder for all outputs, made if need be; <input>-flowsim, or <model>-flowsim, if absent',
      ),
    )
    .addOption(new Option('--prefix <text>', 'what the files begin with').default('workload'))
    .addOption(ranksOption())
    .addOption(executionTraceOption())
    .addOption(stepsOption())
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(jsonOption())
    .addOption(languageModelOption())
  addGenerationOptions(chakra).action(async (traces: string[], flags: ExportChakraFlags) => {
    flags.output ??= defaultFolder(traces[0] ?? flags.model ?? 'trace')
    const { exportChakra } = await import('./chakra.js')
    await exportChakra(traces, flags)
  })
  example(
    chakra,
    'flowsim export chakra rank*.json.gz -o workload --steps 3',
    'flowsim export chakra --model llama-3.1-70b --hardware h100_sxm --tp 8 --batch 16 -o workload',
  )
}
