// Errors of the packages that make a deployment, as the serving simulator tells them.
import { ModelGraphError } from '@flowsim/model-graph'
import { PerfModelError } from '@flowsim/perf-model'
import { ServingError, type ServingErrorCode, type SourcePlace } from '@flowsim/serving-sim'
import { EngineFactsError } from './engines/engine-facts.js'

/** Runs; what it refuses is a {@link ServingError} at the place, unless it has a place already. */
export function placed<T>(place: SourcePlace, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ServingError && error.source === undefined) {
      throw new ServingError(error.code, error.message, place, { cause: error })
    }
    if (
      error instanceof ModelGraphError ||
      error instanceof PerfModelError ||
      error instanceof EngineFactsError
    ) {
      throw new ServingError(codeOf(error), error.message, place, { cause: error })
    }
    throw error
  }
}

function codeOf({ code }: ModelGraphError | PerfModelError | EngineFactsError): ServingErrorCode {
  return code === 'invalid_parallelism' ? 'impossible_parallelism' : 'invalid_config'
}
