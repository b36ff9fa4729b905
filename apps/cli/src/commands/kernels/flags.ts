// flowsim kernels: the kernel database.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption } from '../../program/options.js'

export function addKernels(program: Command): void {
  const kernels = program
    .command('kernels')
    .description('The kernel database: which operation a kernel performs.')
  example(
    kernels
      .command('list')
      .description('List the rules.')
      .option('--op <name>', 'only rules for this operation')
      .option('--library <name>', 'only rules for this library')
      .addOption(jsonOption())
      .action(async (flags: { op?: string; library?: string; json?: true }) => {
        const { listRules } = await import('./run.js')
        await listRules(flags)
      }),
    'flowsim kernels list --op attention',
  )
  example(
    kernels
      .command('unknown')
      .description('List the kernels of traces that no rule knows, in a form to complete.')
      .argument('<trace...>', 'trace files')
      .addOption(new Option('-o, --output <file>', 'file to write instead of stdout'))
      .action(async (traces: string[], flags: { output?: string }) => {
        const { listUnknown } = await import('./run.js')
        await listUnknown(traces, flags)
      }),
    'flowsim kernels unknown trace.json.gz -o unknown-kernels.json',
  )
  example(
    kernels
      .command('add')
      .description('Add completed kernels to your own database; they are known from then on.')
      .argument('<file>', 'completed unknown-kernels.json')
      .addOption(jsonOption())
      .action(async (file: string, flags: { json?: true }) => {
        const { addToDatabase } = await import('./run.js')
        await addToDatabase(file, flags)
      }),
    'flowsim kernels add unknown-kernels.json',
  )
  example(
    kernels
      .command('lint')
      .description(
        'Report duplicate rules, rules that no kernel can reach, and rules that miss their examples.',
      )
      .argument('[file]', 'a database file; your own database and the built-in rules if absent')
      .addOption(jsonOption())
      .action(async (file: string | undefined, flags: { json?: true }) => {
        const { lintDatabase } = await import('./run.js')
        await lintDatabase(file, flags)
      }),
    'flowsim kernels lint',
  )
}
