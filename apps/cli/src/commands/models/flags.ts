// flowsim models: the catalogue of models.
import type { Command } from 'commander'
import { example, jsonOption } from '../../program/options.js'

export function addModels(program: Command): void {
  const models = program.command('models').description('The catalogue of models.')
  example(
    models
      .command('list')
      .description('List the models.')
      .addOption(jsonOption())
      .action(async (flags: { json?: true }) => {
        const { listAll } = await import('./run.js')
        listAll(flags)
      }),
    'flowsim models list',
  )
  example(
    models
      .command('show')
      .description('Show a model: sizes, parameters, memory.')
      .argument('<name>', 'model of the catalogue, or a config.json')
      .addOption(jsonOption())
      .action(async (name: string, flags: { json?: true }) => {
        const { showModel } = await import('./run.js')
        await showModel(name, flags)
      }),
    'flowsim models show deepseek-v3',
  )
}
