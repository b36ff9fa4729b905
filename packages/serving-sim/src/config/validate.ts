// Checks a parsed file against a schema, and tells the first fault by source, line and what to write.
import { didYouMean } from '@flowsim/trace-schema'
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
    const hint = didYouMean(unknownField, fieldNames(schema), { most: 1 })
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
