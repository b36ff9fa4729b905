// The work of `flowsim models`.
import { countParameters, listModels, memoryUse } from '@flowsim/model-graph'
import { renderTable } from '@flowsim/report'
import { loadModel } from '../../inputs/language-model.js'
import { print, printJson } from '../../program/print.js'
import { formatBytes } from '../../program/progress.js'

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

function billions(count: number): string {
  return `${(count / 1e9).toPrecision(3)} B`
}

export async function showModel(name: string, flags: { json?: true }): Promise<void> {
  const model = await loadModel(name)
  const parameters = countParameters(model)
  const { weightBytes, kvBytesPerToken } = memoryUse(model)
  if (flags.json) {
    printJson({ ...model, parameters, weightBytes, kvBytesPerToken })
    return
  }
  print(`${model.name} (${model.architecture})`)
  print()
  print(
    renderTable(
      [{ label: '' }, { label: '', align: 'right' }],
      [
        ['layers', String(model.layers.length)],
        ['hidden size', String(model.hidden)],
        ['vocabulary', String(model.vocab)],
        ['longest context', String(model.maxPositions)],
        ['parameters', billions(parameters.total)],
        ['active for a token', billions(parameters.active)],
        ['weights on one device', formatBytes(weightBytes)],
        ['KV cache of a token', formatBytes(kvBytesPerToken)],
      ],
    ),
  )
  for (const part of model.ignored) print(`\nnot modelled: ${part}`)
}
