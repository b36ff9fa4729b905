// Failures of a group: how often, and how long an instance takes to come back.
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { Deployment } from '../../../step-time/deployment.js'
import { FAILURES } from '../defaults.js'
import type { OutageOptions } from '../outages/options.js'
import type { FailuresConfig } from '../outages/schema.js'

/** @throws ServingError where the time to load the weights is neither known nor stated */
export function failureOptions(
  config: FailuresConfig,
  { devices, memory }: Deployment,
  place: SourcePlace,
): OutageOptions {
  if (memory === null && config.startS === undefined) {
    throw new ServingError(
      'invalid_config',
      'stepTime of this type knows no weights; say how long a restart takes: failures.startS',
      place,
    )
  }
  const weightBytes = (memory?.weightBytes ?? 0) * devices
  const bytesPerS = (config.weightsGBps ?? FAILURES.weightsGBps.value) * 1e9
  const detectS = config.detectS ?? FAILURES.detectS.value
  const startS = config.startS ?? FAILURES.startS.value
  return {
    meanNs: ((config.mtbfHours ?? FAILURES.mtbfHours.value) * 3600e9) / devices,
    downNs: Math.ceil(1e9 * (detectS + weightBytes / bytesPerS + startS)),
    requests: config.requests ?? FAILURES.requests.value,
  }
}
