import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// trace-schema ← { the middle row } ← pipeline ← apps. No package of the middle row imports a neighbour;
// what two of them share is a type in trace-schema. The pipeline is the only package that joins them.

const OURS =
  /(?:from\s*|import\s*\(\s*|import\s+|require\s*\(\s*)['"](@flowsim\/[a-z-]+)[^'"]*['"]/g

/** Names of our packages that the sources of one import, tests left out. */
function importsOf(folder: string): Set<string> {
  const found = new Set<string>()
  for (const name of readdirSync(`${folder}/src`, { recursive: true, encoding: 'utf8' })) {
    if (
      !/\.(?:ts|tsx|mts)$/.test(name) ||
      /\.test\.tsx?$/.test(name) ||
      name.startsWith('testing/')
    ) {
      continue
    }
    const text = readFileSync(`${folder}/src/${name}`, 'utf8')
    for (const [, imported] of text.matchAll(OURS)) found.add(imported!)
    const outside = /from\s*['"]((?:\.\.\/)+(?:packages|apps)\/[^'"]+)['"]/.exec(text)
    if (outside !== null) found.add(outside[1]!)
  }
  return found
}

const folders = readdirSync('packages')
const middleRow = folders
  .filter((name) => name !== 'trace-schema' && name !== 'pipeline')
  .map((name) => `@flowsim/${name}`)

/** What a package may depend on of ours when it runs. */
function dependable(name: string): string[] {
  if (name === 'trace-schema') return []
  return ['@flowsim/trace-schema', ...(name === 'pipeline' ? middleRow : [])]
}

/** What a package may import of ours; the report inlines the built viewer, which is no neighbour. */
const importable = (name: string) => [
  ...dependable(name),
  ...(name === 'report' ? ['@flowsim/viewer'] : []),
]

/** Packages that the sources depend on at run time, by package.json. */
function dependenciesOf(folder: string): string[] {
  const text = readFileSync(`${folder}/package.json`, 'utf8')
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(text) as Record<
    string,
    Record<string, string>
  >
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) =>
    name.startsWith('@flowsim/'),
  )
}

describe.each(folders)('packages/%s', (name) => {
  const folder = `packages/${name}`

  it('imports no neighbour', () => {
    const imported = [...importsOf(folder)].filter((each) => each !== `@flowsim/${name}`)
    expect(imported.filter((each) => !importable(name).includes(each))).toEqual([])
  })

  it('depends on no neighbour', () => {
    const found = dependenciesOf(folder)
    expect(found.filter((each) => !dependable(name).includes(each))).toEqual([])
  })
})

it('the rule sees what it forbids', () => {
  const text = `import { a } from '@flowsim/parser'\nconst b = await import("@flowsim/kernel-db/x")`
  expect([...text.matchAll(OURS)].map(([, name]) => name)).toEqual([
    '@flowsim/parser',
    '@flowsim/kernel-db',
  ])
})
