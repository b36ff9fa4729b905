import { ServingError, type SourcePlace } from '../errors.js'

/**
 * Parses JSON of a recorded workload.
 * @throws ServingError `invalid_trace` at the place
 */
export function parseJson(text: string, place: SourcePlace): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = `not JSON: ${(error as Error).message}`
    throw new ServingError('invalid_trace', message, place, { cause: error })
  }
}
