import type { WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError, type SourcePlace } from '../errors.js'

/** Refuses sessions for simulators that have none. */
export function refuseSessions(
  requests: readonly WorkloadRequest[],
  engine: string,
  place: SourcePlace,
): void {
  if (!requests.some(({ session }) => session !== undefined)) return
  throw new ServingError(
    'unsupported',
    `engine ${engine} has no sessions; leave engine out to simulate them`,
    place,
  )
}
