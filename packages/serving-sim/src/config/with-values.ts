import { ServingError } from '../errors.js'

/** Fields of a configuration, dots between the parts of each, and the values that they are set to. */
export type FieldValues = Readonly<Record<string, unknown>>

/**
 * A copy of a document with fields set; sections that are not there are made.
 * @throws ServingError `invalid_config` where a part of a field is not a section
 */
export function withValues(document: unknown, values: FieldValues): unknown {
  const copy = structuredClone(document)
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.')
    let at = copy as Record<string, unknown>
    for (const key of keys.slice(0, -1)) {
      if (at[key] === undefined) at[key] = {}
      const below = at[key]
      if (typeof below !== 'object' || below === null) {
        throw new ServingError('invalid_config', `${path}: ${key} is a value, not a section`)
      }
      at = below as Record<string, unknown>
    }
    at[keys.at(-1)!] = value
  }
  return copy
}
