import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { parseScenarios } from './scenarios/parse.js'
import { changeSchema, kernelMatchSchema } from './scenarios/schema.js'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

it('shows in the README an example that runs, and what it prints', async () => {
  const readme = read('../README.md')
  expect(readme).toContain(`\`\`\`ts\n${read('../fixtures/readme-example.ts')}\`\`\``)
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...parts) => {
    lines.push(parts.join(' '))
  })
  await import('../fixtures/readme-example.js')
  log.mockRestore()
  expect(lines.length).toBeGreaterThan(5)
  expect(readme).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``)
})

it('shows in the guide scenarios that can be read, and every change and condition there is', () => {
  const guide = read('../../../docs/replay.md')
  const [, yaml] = /```yaml\n(.*?)```/s.exec(guide)!
  expect(parseScenarios(yaml!).length).toBeGreaterThan(2)
  for (const change of changeSchema.options) {
    for (const [field, schema] of Object.entries(change.shape)) {
      const word = field === 'do' ? (schema as { value?: string }).value! : field
      expect(guide).toContain(`\`${word}`)
    }
  }
  for (const condition of Object.keys(kernelMatchSchema.shape)) {
    expect(guide).toContain(`\`${condition}\``)
  }
})
