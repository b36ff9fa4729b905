import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

// Every link of the documents leads somewhere: files exist, headings too.

const GENERATED = new Set(['node_modules', 'dist', 'api'])

/** Paths of the files of a folder, but for what is installed or generated. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !GENERATED.has(name))
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)],
    )

const files = ['docs', 'examples', 'packages', 'apps', 'python', 'scripts', 'tests'].flatMap(
  filesOf,
)
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...files.filter((path) => path.endsWith('.md')),
]

/** The anchor that Markdown renderers give a heading. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/** Text without its code, in which brackets are not links. */
const prose = (path: string) =>
  readFileSync(path, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '')

const anchorsOf = (path: string) =>
  new Set(
    [
      ...readFileSync(path, 'utf8')
        .replace(/^```[\s\S]*?^```/gm, '')
        .matchAll(/^#+\s+(.+)$/gm),
    ].map(([, heading]) => anchorOf(heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'))),
  )

/** Links of a document that lead nowhere. */
function brokenLinks(path: string): string[] {
  const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
  return links.filter((link) => {
    if (/^(?:https?:|mailto:)/.test(link)) return false
    const [file, anchor] = link.split('#') as [string, string?]
    const target = file === '' ? path : normalize(join(dirname(path), file))
    if (!existsSync(target)) return true
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor)
  })
}

it('finds the documents', () => {
  expect(documents).toContain('docs/architecture.md')
})

describe.each(documents)('%s', (path) => {
  it('has no link that leads nowhere', () => {
    expect(brokenLinks(path)).toEqual([])
  })
})

it('every guide is reachable from the index of the guides', () => {
  const index = readFileSync('docs/README.md', 'utf8')
  const guides = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md')
  expect(guides.filter((name) => !index.includes(`(${name})`))).toEqual([])
})

describe('recipes', () => {
  const recipes = documents.filter((path) => path.startsWith('docs/contributing/'))

  it.each(recipes)('%s names files that are there', (path) => {
    const named = [
      ...readFileSync(path, 'utf8').matchAll(/`([\w./-]+\/[\w.-]+\.(?:tsx?|json|md|tsv|sh))`/g),
    ]
    const missing = named.filter(
      ([, name]) => !files.some((file) => `/${file}`.endsWith(`/${name}`)),
    )
    expect(missing.map(([, name]) => name)).toEqual([])
  })
})
