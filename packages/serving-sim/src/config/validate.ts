// Checks a parsed file against a schema, and tells the first fault by source, line and what to write.
import { schemaFault } from '@flowsim/trace-schema/zod'
import type { z } from 'zod'
import { ServingError } from '../errors.js'
import type { YamlSource } from './parse-yaml.js'

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
  const { path, text, unknownField } = schemaFault(parsed.error)
  if (unknownField !== undefined) {
    const near = nearest(unknownField, fieldNames(schema))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    throw new ServingError(
      'unknown_field',
      `unknown field ${[...path, unknownField].join('.')}${hint}`,
      source.place(path, unknownField),
    )
  }
  const name = path.length > 0 ? `${path.join('.')}: ` : ''
  throw new ServingError(
    'invalid_config',
    `${name}${text.replace(/\s+/g, ' ')}`,
    source.place(path),
  )
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

/** No field has so long a name, and a word is compared with every name, letter by letter. */
const LONGEST_WORD = 100

function nearest(word: string, known: ReadonlySet<string>): string | undefined {
  if (word.length > LONGEST_WORD) return undefined
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '')
  let best: string | undefined
  // Most letters of the word are those of the field.
  let least = Math.min(Math.ceil(word.length / 2), Math.max(2, Math.floor(word.length / 4)) + 1)
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
