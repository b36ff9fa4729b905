// flowsim analyze: where the time of traces goes.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  addCaptureOptions,
  addLlmOptions,
  type CaptureFlags,
  type CountersFlag,
  countersOption,
  type ExecutionTraceFlag,
  executionTraceOption,
  jsonOption,
  type LanguageModelFlags,
  positiveInteger,
  ranksOption,
  rawOption,
  type StepsFlag,
  stepsOption,
} from '../../program/options.js'
import { addFormat, type FormatFlags, tablesOutputOption } from '../../program/tables.js'

/** Options of `flowsim analyze`. */
export interface AnalyzeFlags
  extends CountersFlag,
    LanguageModelFlags,
    CaptureFlags,
    ExecutionTraceFlag,
    StepsFlag,
    FormatFlags {
  hardware?: string
  ranks?: number[]
  top: number
  kernels?: string
  llm?: string
  salvage?: true
}

export function addAnalyze(program: Command): void {
  const command = program
    .command('analyze')
    .description(
      'Tell where time goes: busy, idle and why, exposed communication, operations, layers, steps, ranks, critical path.',
    )
    .argument('<trace...>', 'trace files, or folders of them; several are ranks of one job')
    .option('--hardware <name>', 'device to measure products against, if not that of the trace')
    .addOption(ranksOption())
    .addOption(countersOption())
    .addOption(
      new Option('--top <rows>', 'rows of each table').default(12).argParser(positiveInteger),
    )
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(executionTraceOption())
    .addOption(stepsOption())
    .addOption(tablesOutputOption())
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (traces: string[], flags: AnalyzeFlags) => {
      const { analyze } = await import('./run.js')
      await analyze(traces, flags)
    })
  addFormat(addCaptureOptions(addLlmOptions(command)))
  example(
    command,
    'flowsim analyze trace.json.gz',
    'flowsim analyze profile-TP-*.json.gz --format xlsx -o tables',
  )
}
