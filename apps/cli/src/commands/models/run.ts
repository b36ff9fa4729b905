// The work of `flowsim models list`.
import { listModels } from '@flowsim/model-graph'
import { tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { type FormatFlags, writeTables } from '../../program/tables.js'
import { billions } from './billions.js'

export async function listAll(flags: FormatFlags): Promise<void> {
  const models = listModels()
  if (flags.json) {
    printJson(models)
    return
  }
  const right = { align: 'right' } as const
  const columns = [
    { label: 'name' },
    { label: 'parameters', ...right },
    { label: 'active', ...right },
    { label: 'also known as', flexible: 'wrap' as const },
  ]
  const rows = models.map(({ name, parameters, active, aliases }) => [
    name,
    parameters,
    active,
    aliases.join(', '),
  ])
  if (flags.format !== undefined) {
    await writeTables([{ name: 'models', title: 'Models', columns, rows }], flags, {
      stem: 'models',
      lead: [],
      top: rows.length,
    })
    return
  }
  print(
    tableText(
      columns,
      rows.map((row) => row.map((cell) => (typeof cell === 'number' ? billions(cell) : cell))),
    ),
  )
}
