// Imports of FlowSim's packages name the file that defines what is imported, instead of the package's index: a
// bundler that meets an index keeps everything that it names, though one function is asked for.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FROM_PACKAGE =
  /^(import|export)(?!\s+type\b)\s+\{([^}]*)\}\s+from\s+'@flowsim\/([^/']+)(\/[^']+)?'/gm
/** Packages that most commands need: in pieces they are more files to open, which costs more than to read them. */
const WHOLE = new Set(['trace-schema', 'perf-model', 'calibration'])
const FROM_FILE = /^export(?!\s+type\b)\s+\{([^}]*)\}\s+from\s+'(\.[^']+)'/gm
const ALL_OF_FILE = /^export \* from '(\.[^']+)'/gm
const DEFINED = /^export (?:abstract )?(?:async )?(?:function\*?|class|const|let|enum) (\w+)/gm

/** The text of a source file with direct imports; `packages` is the folder of the packages. */
export function withDirectImports(text: string, packages: string): string {
  return text.replace(FROM_PACKAGE, (whole, verb, list, name, path = '') => {
    const index = entryOf(join(packages, name), `.${path}`)
    if (index === undefined || WHOLE.has(name)) return whole
    const names = namesOf(index)
    const imports = new Map<string, string[]>()
    for (const { from, to } of partsOf(list)) {
      const { file, name: defined } = names.get(from) ?? { file: index, name: from }
      const known = imports.get(file)
      const part = `${defined} as ${to}`
      if (known === undefined) imports.set(file, [part])
      else known.push(part)
    }
    return [...imports]
      .map(([file, parts]) => `${verb} { ${parts.join(', ')} } from ${JSON.stringify(file)}`)
      .join(';')
  })
}

interface Definition {
  file: string
  name: string
}

const entries = new Map<string, string | undefined>()

/** The source file of a package's entry. */
function entryOf(folder: string, path: string): string | undefined {
  const key = `${folder} ${path}`
  if (!entries.has(key)) {
    const manifest = join(folder, 'package.json')
    // The viewer and the service are apps, which are taken as they are built.
    const { exports } = existsSync(manifest)
      ? JSON.parse(readFileSync(manifest, 'utf8'))
      : { exports: {} }
    const source = exports[path]?.['@flowsim/source']
    entries.set(key, source === undefined ? undefined : join(folder, source))
  }
  return entries.get(key)
}

const known = new Map<string, Map<string, Definition>>()

/** What a file exports, and where that is defined. */
function namesOf(file: string): ReadonlyMap<string, Definition> {
  const found = known.get(file)
  if (found !== undefined) return found
  const names = new Map<string, Definition>()
  known.set(file, names)
  const text = readFileSync(file, 'utf8')
  for (const [, list, path] of text.matchAll(FROM_FILE)) {
    const source = sourceOf(file, path!)
    for (const { from, to } of partsOf(list!)) {
      names.set(to, namesOf(source).get(from) ?? { file: source, name: from })
    }
  }
  for (const [, path] of text.matchAll(ALL_OF_FILE)) {
    for (const [name, definition] of namesOf(sourceOf(file, path!))) names.set(name, definition)
  }
  for (const [, name] of text.matchAll(DEFINED)) names.set(name!, { file, name: name! })
  return names
}

function sourceOf(file: string, path: string): string {
  const base = join(dirname(file), path.replace(/\.js$/, ''))
  return [`${base}.ts`, `${base}.tsx`, join(dirname(file), path)].find(existsSync)!
}

/** The names in braces; types are left out. */
function partsOf(list: string): { from: string; to: string }[] {
  return list
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('type '))
    .map((part) => {
      const [from, to = from] = part.split(/\s+as\s+/)
      return { from: from!, to: to! }
    })
}
