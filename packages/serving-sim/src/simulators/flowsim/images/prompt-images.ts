// The images of a prompt: where they stand in it, how many tokens they are, and which of them are the same.
import type { WorkloadImage, WorkloadRequest } from '@flowsim/trace-schema'

export interface PromptImage {
  /** The same image has the same key. */
  key: string
  tokens: number
  /** Tokens of the prompt before it, and those up to its last one. */
  start: number
  end: number
}

const NONE: readonly PromptImage[] = []

/** What the workload says of a request's images. */
export function statedImages({ images, imageTokens }: WorkloadRequest): readonly WorkloadImage[] {
  return images ?? imageTokens?.map((tokens) => ({ tokens })) ?? []
}

/**
 * A request all of whose images have tokens: those that followed from sizes have come on top of its prompt.
 * @param tokensOf - tokens of an image of so many pixels
 */
export function withImageTokens(
  request: WorkloadRequest,
  tokensOf: (image: WorkloadImage) => number,
): WorkloadRequest {
  const stated = statedImages(request)
  if (stated.length === 0) return request
  let at = request.prefixTokens ?? 0
  let added = 0
  const images = stated.map((image): WorkloadImage => {
    const after = (image.after === undefined ? at - added : image.after) + added
    const tokens = image.tokens ?? tokensOf(image)
    if (image.tokens === undefined) added += tokens
    at = after + tokens
    return { ...image, tokens, after }
  })
  return { ...request, images, inputTokens: request.inputTokens + added }
}

/** The images of a request that {@link withImageTokens} has made. */
export function promptImages({ images }: WorkloadRequest, index: number): readonly PromptImage[] {
  if (images === undefined) return NONE
  return images.map(({ tokens = 0, after = 0, group }, i) => ({
    key: group ?? `${index}/${i}`,
    tokens,
    start: after,
    end: after + tokens,
  }))
}
