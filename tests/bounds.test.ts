import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

// Numbers from outside have a maximum, so that no loop over one of them and no list of that length is
// endless.

/** Schemas of what was measured or is answered: numbers that are told, and never counted up to. */
const RECORDS = [
  'packages/trace-schema/src/zod/kernel-trace.ts',
  'packages/trace-schema/src/zod/serving.ts',
  'packages/trace-schema/src/zod/summaries.ts',
  'packages/trace-schema/src/zod/tensor.ts',
  'packages/kernel-db/src/rules/unknown-kernels.ts',
  'packages/task-api/src/task.ts',
]

/** Fields that are only compared: times, and what tells one thing from another. */
const COMPARED = ['seed', 'stream', 'device', 'rank', 'blockHashes', 'ns']

/** The integers of a source file without a maximum, with the line on which each stands. */
function unboundedIn(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  return [...text.matchAll(/z\s*\.int\(\)(?:\s*\.\w+\((?:[^()]|\([^()]*\))*\))*/g)].flatMap(
    ({ 0: chain, index }) => {
      const line = text.slice(0, index).split('\n').length
      const said = `${lines[line - 2]!.trim()} ${lines[line - 1]!.trim()}`
      const isCompared = COMPARED.some((name) => new RegExp(`\\b${name}(?::| =)`).test(said))
      return chain.includes('.max(') || isCompared ? [] : [`${path}:${line} ${said}`]
    },
  )
}

/** The integers of a JSON Schema that may be as large as doubles hold exactly. */
function unboundedOf(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { type, maximum } = schema as { type?: unknown; maximum?: number }
  if (type === 'integer' && !((maximum ?? Infinity) < Number.MAX_SAFE_INTEGER)) return [path]
  return Object.entries(schema).flatMap(([key, inner]) => unboundedOf(inner, `${path}.${key}`))
}

const sources = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(kind).flatMap((name) =>
    readdirSync(join(kind, name, 'src'), { recursive: true, encoding: 'utf8' })
      .map((file) => `${kind}/${name}/src/${file.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts')),
  ),
)

describe('a whole number of a schema has a maximum', () => {
  it('wherever one is written', () => {
    const inputs = sources.filter((path) => !RECORDS.includes(path))
    expect(inputs.length).toBeGreaterThan(800)
    expect(inputs.flatMap(unboundedIn)).toEqual([])
  })

  it.each(['op-call', 'hardware-spec', 'serving-workload'])('in the document %s', (name) => {
    const schema: unknown = JSON.parse(
      readFileSync(`packages/trace-schema/schemas/${name}.1.json`, 'utf8'),
    )
    const compared = /\b(?:seed|\w+Ns|blockHashes)\b/
    expect(unboundedOf(schema, name).filter((path) => !compared.test(path))).toEqual([])
  })
})

it('folders are made where a path that cannot be is refused', () => {
  const recursive = /mkdir(?:Sync)?\([^)]*recursive/
  expect(sources.filter((path) => recursive.test(readFileSync(path, 'utf8')))).toEqual([])
})
