// JSON files that a configuration names.
import { ServingError } from '../errors.js'

/** @throws ServingError `invalid_config` if a file is not JSON */
export function parseJson(text: string, source: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    const message = `not JSON: ${(error as Error).message}`
    throw new ServingError('invalid_config', message, { source }, { cause: error })
  }
}

/**
 * A positive number that a JSON object must have.
 * @throws ServingError `invalid_config` naming the field
 */
export function readField(json: Record<string, unknown>, name: string, source?: string): number {
  const value = json[name]
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`
  throw new ServingError(
    'invalid_config',
    `${name} ${found}; it must be a positive number`,
    source === undefined ? {} : { source },
  )
}
