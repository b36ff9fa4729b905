// flowsim diff: what changed between two traces.

import { type Command, Option } from 'commander'
import { addFailIf, type FailIfFlags } from '../../program/fail-if.js'
import { example } from '../../program/help.js'
import {
  jsonOption,
  positiveInteger,
  rawOption,
  type StepsFlag,
  stepsOption,
} from '../../program/options.js'
import { addFormat, type FormatFlags } from '../../program/tables.js'

/** Options of `flowsim diff`. */
export interface DiffFlags extends StepsFlag, FailIfFlags, FormatFlags {
  top: number
  kernels?: string
  salvage?: true
}

export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description(
      'Compare two traces kernel by kernel, matched by operation, operator, layer and shape.',
    )
    .argument('<a>', 'trace file')
    .argument('<b>', 'trace file')
    .addOption(
      new Option('--top <rows>', 'rows of the table').default(20).argParser(positiveInteger),
    )
    .option('--kernels <file>', 'kernel database to use beside the built-in rules')
    .option('--salvage', 'keep what is complete of a file that is cut off')
    .addOption(stepsOption())
    .option(
      '-o, --output <dir>',
      'folder for report.html and diff.json; with --format, for the tables too',
    )
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (a: string, b: string, flags: DiffFlags) => {
      const { diff } = await import('./run.js')
      await diff(a, b, flags)
    })
  addFormat(command)
  addFailIf(command, 'busy>+5%, matmul>+2ms, kernels>+0')
  example(
    command,
    'flowsim diff before.json.gz after.json.gz -o difference',
    'flowsim diff trace.json.gz out/predicted.trace.json.gz   # of flowsim simulate',
    'flowsim diff main.json.gz branch.json.gz --fail-if "step>+3%" --summary diff.md',
  )
}
