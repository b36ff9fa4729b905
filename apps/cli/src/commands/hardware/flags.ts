// flowsim hardware: the catalogue of devices.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import { jsonOption } from '../../program/options.js'
import { addTableOptions, type FormatFlags } from '../../program/tables.js'

export function addHardware(program: Command): void {
  const hardware = program.command('hardware').description('The catalogue of devices.')
  example(
    addTableOptions(
      hardware.command('list').description('List the devices with their main figures.'),
    ).action(async (flags: FormatFlags) => {
      const { listDevices } = await import('./run.js')
      await listDevices(flags)
    }),
    'flowsim hardware list',
    'flowsim hardware list --format csv',
  )
  example(
    hardware
      .command('show')
      .description('Show a device: every number with its source.')
      .argument('<name>', 'name, alias, or description file')
      .addOption(jsonOption())
      .action(async (name: string, flags: { json?: true }) => {
        const { showDevice } = await import('./run.js')
        await showDevice(name, flags)
      }),
    'flowsim hardware show h100_sxm',
    'flowsim hardware show "NVIDIA H200" --json',
  )
  example(
    hardware
      .command('validate')
      .description("Check a description file: FlowSim's own or an LLMCompass template.")
      .argument('<file...>', 'JSON files')
      .addOption(jsonOption())
      .action(async (files: string[], flags: { json?: true }) => {
        const { validateDevices } = await import('./run.js')
        await validateDevices(files, flags)
      }),
    'flowsim hardware validate my-gpu.json',
  )
}
