import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'

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
