// flowsim examples: something to try, without a clone of the repository.
import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption, outputOption } from '../../program/options.js'

/** Options of `flowsim examples`. */
export interface ExamplesFlags {
  output: string
  json?: true
}

export function addExamples(program: Command): void {
  const command = program
    .command('examples')
    .description(
      'Copy the examples that come with FlowSim into a folder: a trace, serving configurations, programs.',
    )
    .addOption(outputOption('folder to make').default('flowsim-examples'))
    .addOption(jsonOption())
    .action(async (flags: ExamplesFlags) => {
      const { copyExamples } = await import('./run.js')
      copyExamples(flags)
    })
  example(command, 'flowsim examples', 'flowsim examples -o try-flowsim')
}
