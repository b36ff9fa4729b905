// What encodes images on the instances of a group: the model's tower, or the times that are stated.
import type { WorkloadImage, WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { Deployment, VisionEncoder } from '../../../step-time/deployment.js'
import type { EncoderOptions } from '../images/options.js'
import { statedImages, withImageTokens } from '../images/prompt-images.js'
import type { EncoderConfig } from '../images/schema.js'
import type { SchedulerOptions } from '../options.js'

/** What the options of an encoder follow from. */
export interface EncoderContext {
  deployment: Deployment
  /** Of one replica of the attention. */
  scheduler: Pick<SchedulerOptions, 'maxNumBatchedTokens'>
  /** Of the section `encoder`, and of `stepTime`. */
  place: SourcePlace
  stepTimePlace: SourcePlace
}

export const hasImages = (requests: readonly WorkloadRequest[]): boolean =>
  requests.some((request) => statedImages(request).length > 0)

/** @throws ServingError where the model takes no images, or nothing says how long they take */
export function encoderOptions(
  config: EncoderConfig,
  { deployment, scheduler, place, stepTimePlace }: EncoderContext,
): EncoderOptions {
  const { vision, replicas } = deployment
  if (vision === 'none') {
    throw new ServingError(
      'invalid_config',
      'the model has no vision tower, and there are images to encode; choose a model that takes images, or leave them out of the workload',
      stepTimePlace,
    )
  }
  const { budgetTokens, cacheTokens, bytesPerToken } = config
  return {
    budgetTokens: (budgetTokens ?? scheduler.maxNumBatchedTokens) * replicas,
    cacheTokens: (cacheTokens ?? scheduler.maxNumBatchedTokens) * replicas,
    tokenBytes: bytesPerToken ?? vision?.tokenBytes ?? 0,
    encodeNs: statedTimes(config, replicas) ?? timesOf(vision, place),
  }
}

/** Times that the configuration states, of images one after the other on each replica. */
function statedTimes(
  { encodeMs, encodeUsPerToken }: EncoderConfig,
  replicas: number,
): EncoderOptions['encodeNs'] | null {
  if (encodeMs === undefined && encodeUsPerToken === undefined) return null
  return (tokens) => {
    const own = tokens.filter((_, i) => i % replicas === 0)
    const sum = own.reduce((total, each) => total + each, 0)
    return own.length * (encodeMs ?? 0) * 1e6 + sum * (encodeUsPerToken ?? 0) * 1e3
  }
}

function timesOf(vision: VisionEncoder | null, place: SourcePlace): EncoderOptions['encodeNs'] {
  if (vision?.encodeNs != null) return vision.encodeNs
  throw new ServingError(
    'invalid_config',
    'there are images to encode, and stepTime of this type does not know how long they take; state encoder.encodeMs or encoder.encodeUsPerToken',
    place,
  )
}

/**
 * Requests whose images all have tokens.
 * @param visionOf - the tower of the model that a request asks for
 * @throws ServingError where only the size of an image is known and the model's rule is not
 */
export function requestsWithImages(
  requests: readonly WorkloadRequest[],
  visionOf: (request: WorkloadRequest) => Deployment['vision'],
  place: SourcePlace,
): readonly WorkloadRequest[] {
  const tokensOf = (request: WorkloadRequest, { width = 1, height = 1 }: WorkloadImage) => {
    const vision = visionOf(request)
    const tokens = vision === 'none' ? null : (vision?.tokensOf({ width, height }) ?? null)
    if (tokens !== null) return tokens
    throw new ServingError(
      'invalid_config',
      `it is not known how many tokens an image of ${width} × ${height} is to the model; state tokens in place of width and height`,
      place,
    )
  }
  return requests.map((request) => withImageTokens(request, (image) => tokensOf(request, image)))
}
