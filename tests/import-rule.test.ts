import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

// A package imports only packages on lower floors, at run time and in its types. The floors stand in
// floors.json. Tests and `testing/` folders may use any package; they are never published.

const { floors } = JSON.parse(readFileSync('floors.json', 'utf8')) as { floors: string[][] }
/** Height of each package: 0 is the vocabulary. */
const height = new Map(
  floors.flatMap((names, i) => names.map((name) => [name, floors.length - 1 - i] as const)),
)

const OURS =
  /(?:from\s*|import\s*\(\s*|import\s+|require\s*\(\s*)['"]@flowsim\/([a-z-]+)[^'"]*['"]/g

const packages = ['packages', 'apps'].flatMap((place) =>
  readdirSync(place)
    .filter((name) => existsSync(`${place}/${name}/package.json`))
    .map((name) => ({ name, folder: `${place}/${name}` })),
)

/** Our packages that the sources of one import, and paths that leave its folder; tests left out. */
function importsOf(folder: string): Set<string> {
  const found = new Set<string>()
  for (const name of readdirSync(`${folder}/src`, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:ts|tsx|mts)$/.test(name) || /\.test\.tsx?$/.test(name) || /testing\//.test(name)) {
      continue
    }
    const text = readFileSync(`${folder}/src/${name}`, 'utf8')
    for (const [, imported] of text.matchAll(OURS)) found.add(imported!)
    const outside = /from\s*['"]((?:\.\.\/)+(?:packages|apps)\/[^'"]+)['"]/.exec(text)
    if (outside !== null) found.add(outside[1]!)
  }
  return found
}

/** Our packages that one needs when it runs, by package.json. */
function dependenciesOf(folder: string): string[] {
  const text = readFileSync(`${folder}/package.json`, 'utf8')
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(text) as Record<
    string,
    Record<string, string>
  >
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) =>
    name.startsWith('@flowsim/') ? [name.slice('@flowsim/'.length)] : [],
  )
}

/** The report inlines the built page of the viewer: an artefact, not an import of its code. */
const INLINED: Record<string, string[]> = { report: ['viewer'] }

const isLower = (name: string, other: string) =>
  (height.get(other) ?? Number.POSITIVE_INFINITY) < height.get(name)!

describe.each(packages)('$folder', ({ name, folder }) => {
  it('stands on one floor', () => {
    expect(floors.flat().filter((each) => each === name)).toEqual([name])
  })

  it('imports only what is on lower floors', () => {
    const imported = [...importsOf(folder)].filter((each) => each !== name)
    const allowed = INLINED[name] ?? []
    expect(imported.filter((each) => !isLower(name, each) && !allowed.includes(each))).toEqual([])
  })

  it('depends only on what is on lower floors', () => {
    expect(dependenciesOf(folder).filter((each) => !isLower(name, each))).toEqual([])
  })
})

it('the rule sees what it forbids', () => {
  const text = `import { a } from '@flowsim/parser'\nconst b = await import("@flowsim/kernel-db/x")`
  expect([...text.matchAll(OURS)].map(([, name]) => name)).toEqual(['parser', 'kernel-db'])
  expect(isLower('parser', 'kernel-db')).toBe(false)
  expect(isLower('replay', 'analysis')).toBe(true)
  expect(isLower('cli', 'no-such-package')).toBe(false)
})

const IMPORT =
  /^(?:import|export)\s+(?!type\b)(?:(?<names>[^'"]*?)\s+from\s+)?['"](?<path>\.{1,2}\/[^'"]+)\.js['"]/gm

/** The files that one loads when it is loaded; imports of types alone are none. */
function loads(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(IMPORT)].flatMap(({ groups }) => {
    const { names = '', path } = groups as { names?: string; path: string }
    const listed = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]?.split(',')
    if (listed?.every((name) => /^\s*(?:type\s|$)/.test(name))) return []
    const base = normalize(join(dirname(file), path))
    return [`${base}.ts`, `${base}.tsx`].filter((each) => existsSync(each))
  })
}

/** A chain of files that ends where it began; undefined if there is none. */
function circle(files: readonly string[]): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] | undefined => {
    const at = path.indexOf(file)
    if (at >= 0) return [...path.slice(at), file]
    if (done.has(file)) return undefined
    for (const next of loads(file)) {
      const found = visit(next, [...path, file])
      if (found !== undefined) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const found = visit(file, [])
    if (found !== undefined) return found
  }
  return undefined
}

it.each(packages)('$folder has no files that load each other in a circle', ({ folder }) => {
  const files = readdirSync(`${folder}/src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => normalize(`${folder}/src/${name}`))
  expect(files.flatMap(loads).length + files.length).toBeGreaterThan(0)
  expect(circle(files)).toBeUndefined()
})
