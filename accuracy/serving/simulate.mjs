// A measured point as the simulator predicts it.
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { cached } from './cached.mjs'
import { readText } from './served-facts.mjs'

const options = {
  readText,
  stepTimes: STEP_TIMES.map(cached),
}

const REFUSED = {
  model_does_not_fit: 'the model does not fit on the devices as described',
  impossible_parallelism: 'the parallelism as described cannot be',
}

/** @returns the report of a run of the point's configuration, or `why` there is none */
export function simulatePoint({ id, config }) {
  try {
    const { report } = prepareServing(JSON.stringify(config), { ...options, source: id }).run()
    const { completed = 0, ...others } = report.requests
    if (completed === 0 || Object.keys(others).length > 0) {
      return { why: 'the deployment does not hold the requests' }
    }
    return { report }
  } catch (error) {
    const why = REFUSED[error.code]
    if (why === undefined) throw error
    return { why }
  }
}
