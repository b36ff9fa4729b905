// flowsim version: what runs here.
import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption } from '../../program/options.js'

export function addVersion(program: Command): void {
  const command = program
    .command('version')
    .description('Versions of flowsim, its packages and Node.')
    .addOption(jsonOption())
    .action(async (flags: { json?: true }) => {
      const { printVersions } = await import('./run.js')
      printVersions(flags)
    })
  example(command, 'flowsim version', 'flowsim version --json')
}
