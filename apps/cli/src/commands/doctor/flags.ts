// flowsim doctor: what is here and what is missing.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption } from '../../program/options.js'

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'Check what FlowSim can use on this machine, with the command that mends what is missing.',
    )
    .addOption(jsonOption())
    .action(async (flags: { json?: true }) => {
      const { doctor } = await import('./run.js')
      await doctor(flags)
    })
  example(command, 'flowsim doctor')
}
