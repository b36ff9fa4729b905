import type { WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError, type SourcePlace } from '../errors.js'

/** Refuses images whose tokens follow from their sizes, for simulators that know no model's rule. */
export function refuseImages(
  requests: readonly WorkloadRequest[],
  engine: string,
  place: SourcePlace,
): void {
  if (!requests.some(({ images }) => images?.some(({ tokens }) => tokens === undefined))) return
  throw new ServingError(
    'unsupported',
    `engine ${engine} does not know how many tokens an image is; state tokens in place of width and height, or leave engine out`,
    place,
  )
}
