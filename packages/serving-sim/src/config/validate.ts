// Checks a parsed file against a schema, and tells the first fault by source, line and what to write.
import type { z } from 'zod'
import { ServingError } from '../errors.js'
import type { YamlSource } from './parse-yaml.js'

type Issue = z.core.$ZodIssue

/**
 * The value of a file in the form of a schema.
 * @throws ServingError `unknown_field` or `invalid_config`, with source, line and column
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  source: YamlSource,
): z.infer<Schema> {
  const parsed = schema.safeParse(source.value)
  if (parsed.success) return parsed.data
  const issue = deepest(parsed.error.issues, [])
  if (issue.code === 'unrecognized_keys') {
    const field = issue.keys[0]!
    const near = nearest(field, fieldNames(schema))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    throw new ServingError(
      'unknown_field',
      `unknown field ${[...issue.path, field].join('.')}${hint}`,
      source.place(issue.path, field),
    )
  }
  const name = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  throw new ServingError(
    'invalid_config',
    `${name}${issue.message.replace(/\s+/g, ' ')}`,
    source.place(issue.path),
  )
}

/** The issue that says most: inside unions, that of the alternative which went furthest. */
function deepest(issues: readonly Issue[], prefix: readonly PropertyKey[]): Issue {
  const candidates = issues.map((issue): Issue => {
    const path = [...prefix, ...issue.path]
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const inner = issue.errors.map((errors) => deepest(errors, path))
      // A misspelt field says more than "not a number" of the other alternative.
      const depth = (one: Issue) => one.path.length + (one.code === 'unrecognized_keys' ? 0.5 : 0)
      const best = inner.reduce((a, b) => (depth(b) > depth(a) ? b : a))
      if (depth(best) > path.length) return best
    }
    return { ...issue, path } as Issue
  })
  // A misspelt name explains the missing one beside it.
  return candidates.find(({ code }) => code === 'unrecognized_keys') ?? candidates[0]!
}

/** Every field name of a schema. */
function fieldNames(schema: z.ZodType): Set<string> {
  const names = new Set<string>()
  const seen = new Set<unknown>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    const { def } = (value as { _zod?: { def: Record<string, unknown> } })._zod ?? {}
    if (def === undefined) return
    if (typeof def.shape === 'object' && def.shape !== null) {
      for (const [name, child] of Object.entries(def.shape)) {
        names.add(name)
        visit(child)
      }
    }
    for (const key of ['innerType', 'element', 'valueType', 'in', 'out']) visit(def[key])
    if (Array.isArray(def.options)) for (const option of def.options) visit(option)
  }
  visit(schema)
  return names
}

function nearest(word: string, known: ReadonlySet<string>): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '')
  let best: string | undefined
  let least = Math.min(word.length, Math.max(2, Math.floor(word.length / 4)) + 1)
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change))
    }
    row = next
  }
  return row[b.length]!
}
