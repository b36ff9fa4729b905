// The work of `flowsim models list`.
import { listModels } from '@flowsim/model-graph'
import { tableText } from '../../program/lines.js'
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
    tableText(
      [
        { label: 'name' },
        { label: 'parameters', ...right },
        { label: 'active', ...right },
        { label: 'also known as', flexible: 'wrap' },
      ],
      models.map(({ name, parameters, active, aliases }) => [
        name,
        billions(parameters),
        active === null ? '' : billions(active),
        aliases.join(', '),
      ]),
    ),
  )
}
