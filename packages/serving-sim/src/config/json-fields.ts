import { ServingError } from '../errors.js'

/**
 * A positive number that a JSON object must have.
 * @throws ServingError `invalid_config` naming the field
 */
export function readField(source: Record<string, unknown>, name: string, file?: string): number {
  const value = source[name]
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`
  throw new ServingError(
    'invalid_config',
    `${name} ${found}; it must be a positive number`,
    file === undefined ? {} : { file },
  )
}
