// flowsim parse: traces to kernel tables.

import { type Command, Option } from 'commander'
import { defaultFolder } from '../../inputs/trace-name.js'
import { example } from '../../program/help.js'
import {
  addCaptureOptions,
  type CaptureFlags,
  type ExecutionTraceFlag,
  executionTraceOption,
  jsonOption,
  listOf,
  outputOption,
  type RanksFlag,
  ranksOption,
  rawOption,
  type StepsFlag,
  stepsOption,
} from '../../program/options.js'

const FORMATS = ['csv', 'jsonl', 'parquet'] as const

/** Options of `flowsim parse`. */
export interface ParseFlags extends CaptureFlags, ExecutionTraceFlag, RanksFlag, StepsFlag {
  output: string
  format: (typeof FORMATS)[number][]
  stacks: 'none' | 'python' | 'all'
  salvage?: true
  compat?: 'flowsim'
  kernels?: string
  raw?: true
  json?: true
}

export function addParse(program: Command): void {
  const command = program
    .command('parse')
    .description('Read profiler traces: kernels with shapes, operators, call stacks, collectives.')
    .argument('<trace...>', 'trace files (.json, .json.gz, .json.zst, .zip) or folders of them')
    .addOption(outputOption())
    .addOption(
      new Option(
        '--format <form>',
        `kernel tables to write: ${FORMATS.join(', ')}; several as csv,parquet`,
      )
        .default(['csv'], 'csv')
        .argParser(listOf(FORMATS)),
    )
    .addOption(
      new Option('--stacks <frames>', 'call stacks to keep; none is fastest')
        .choices(['none', 'python', 'all'])
        .default('python'),
    )
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(ranksOption())
    .addOption(stepsOption())
    .addOption(
      new Option('--compat <tool>', "write the table that another tool's parser writes").choices([
        'flowsim',
      ]),
    )
    .option(
      '--kernels <file>',
      "kernel database to use, with --compat the reference's kernels.json",
    )
    .addOption(rawOption())
    .addOption(jsonOption())
  addCaptureOptions(command)
    .addOption(executionTraceOption())
    .action(async (traces: string[], flags: ParseFlags) => {
      flags.output ??= defaultFolder(traces[0]!)
      const { parse } = await import('./run.js')
      await parse(traces, flags)
    })
  example(
    command,
    'flowsim parse trace.json.gz -o out',
    'flowsim parse rank*.json.gz -o out --format csv,parquet --stacks none --json',
    'flowsim parse decode.json.gz -o out --capture capture_traces/*.json.gz',
  )
}
