import { ServingError, type SourcePlace } from '../errors.js'

/** Runs, and tells errors at a place if they have none. */
export function placed<T>(place: SourcePlace, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ServingError && error.source === undefined) {
      throw new ServingError(error.code, error.message, place, { cause: error })
    }
    throw error
  }
}
