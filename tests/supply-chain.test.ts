import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

// What users get with a package: licences that they can live with, and nothing that runs as it is installed.

interface Manifest {
  name: string
  private?: boolean
  license?: string
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const ALLOWED = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'Zlib',
]

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** Where a dependency lies, as Node looks for it. */
function find(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder)
    if (at === dirname(at)) return undefined
  }
}

const published = ['packages', 'apps']
  .flatMap((kind) => readdirSync(kind).map((name) => realpathSync(join(kind, name))))
  .filter((folder) => manifestOf(folder).private !== true)

/** Folders of everything that is installed with the published packages. */
function installed(): Map<string, Manifest> {
  const found = new Map<string, Manifest>()
  const visit = (folder: string): void => {
    if (found.has(folder)) return
    const manifest = manifestOf(folder)
    found.set(folder, manifest)
    for (const name of Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
    })) {
      const next = find(name, folder)
      // What is for another platform is not installed here.
      if (next !== undefined) visit(next)
    }
  }
  published.forEach(visit)
  return found
}

it('everything that is installed with a package has a licence that allows it', () => {
  const all = [...installed().values()]
  expect(all.length).toBeGreaterThan(published.length + 20)
  const others = all.filter(({ license = '' }) =>
    license
      .replace(/[()]/g, '')
      .split(' OR ')
      .every((each) => !each.split(' AND ').every((part) => ALLOWED.includes(part))),
  )
  expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([])
})

it('no published package runs a script when it is installed', () => {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare']
  const scripts = published
    .map(manifestOf)
    .map(({ name, scripts = {} }) => [name, hooks.filter((hook) => hook in scripts)])
  expect(scripts.filter(([, found]) => found!.length > 0)).toEqual([])
})

it('no dependency runs a script when this workspace is installed', () => {
  const { allowBuilds } = parse(readFileSync('pnpm-workspace.yaml', 'utf8')) as {
    allowBuilds: Record<string, boolean>
  }
  expect(Object.values(allowBuilds).filter((allowed) => allowed)).toEqual([])
})
