// The work of `flowsim models list`.
import { listModels } from '@flowsim/model-graph'
import { renderTable } from '@flowsim/report'
import { print, printJson } from '../../program/print.js'
import { billions } from './billions.js'

export function listAll(flags: { json?: true }): void {
  const models = listModels()
  if (flags.json) {
    printJson(models)
    return
  }
  const right = { align: 'right' } as const
  print(
    renderTable(
      [
        { label: 'name' },
        { label: 'parameters', ...right },
        { label: 'active', ...right },
        { label: 'also known as', flexible: true },
      ],
      models.map(({ name, parameters, active, aliases }) => [
        name,
        billions(parameters),
        active === null ? '' : billions(active),
        aliases.join(', '),
      ]),
      { width: process.stdout.columns ?? 160 },
    ),
  )
}
