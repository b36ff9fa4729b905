// Images that an instance encodes in its steps: before the model computes the first token of an image, in the same step,
// all images of the step together. A step encodes images of at most so many tokens. What stands behind an image that
// it cannot encode, for lack of that budget or of room for the embeddings, waits for a later step; images whose tokens
// are in the KV cache already, or whose embeddings are there, are not encoded.
//
// Source: vLLM V1's scheduler (0.11, `_try_schedule_encoder_inputs`) and GPUModelRunner._execute_mm_encoder.
import type { StepPlan } from '../instance/step-plan.js'
import type { Sequence } from '../sequence.js'
import { EncoderCache } from './encoder-cache.js'
import type { EncoderOptions } from './options.js'
import type { PromptImage } from './prompt-images.js'

export class ImageEncoder {
  /** Images that were encoded, and the time of that. */
  encoded = 0
  encodeNs = 0
  /** Images whose embeddings were there. */
  hits = 0
  private readonly cache: EncoderCache
  private readonly planned: { sequence: Sequence; image: PromptImage }[] = []
  private left: number

  constructor(private readonly options: EncoderOptions) {
    this.cache = new EncoderCache(options.cacheTokens)
    this.left = options.budgetTokens
  }

  /** A step is put together. */
  begin(): void {
    this.settle()
    this.left = this.options.budgetTokens
  }

  /** How many of the tokens from `from` on the step can compute: those before the first image that it cannot encode. */
  limit(sequence: Sequence, from: number, tokens: number): number {
    let more = 0
    for (const image of this.missing(sequence, from, tokens)) {
      const isAlone = more === 0 && this.planned.length === 0
      const isInBudget = isAlone || more + image.tokens <= this.left
      if (!isInBudget || !this.cache.hasRoom(more + image.tokens)) {
        return Math.max(0, image.start - from)
      }
      more += image.tokens
    }
    return tokens
  }

  /** The step computes so many tokens of a request from `from` on, and encodes what is missing for that. */
  commit(sequence: Sequence, from: number, tokens: number): void {
    if (sequence.images.length === 0) return
    for (const image of overlapping(sequence, from, tokens)) {
      if (this.cache.has(image) && this.cache.read(image, sequence)) this.hits++
    }
    for (const image of this.missing(sequence, from, tokens)) {
      this.cache.add(image, sequence)
      this.planned.push({ sequence, image })
      this.left -= image.tokens
    }
  }

  /** Adds the time of the images of a step. */
  charge(plan: StepPlan): void {
    this.settle()
    if (this.planned.length === 0) return
    const ns = this.options.encodeNs(this.planned.map(({ image }) => image.tokens))
    this.encoded += this.planned.length
    this.encodeNs += ns
    plan.besideNs += ns
    this.planned.length = 0
  }

  /** The devices hold nothing any more. */
  clear(): void {
    this.cache.clear()
    this.planned.length = 0
  }

  /** Images of requests that lost their places in the step are not encoded. */
  private settle(): void {
    const { planned } = this
    let kept = 0
    for (const one of planned) {
      if (one.sequence.scheduled > 0) planned[kept++] = one
      else this.cache.drop(one.image.key)
    }
    planned.length = kept
  }

  private *missing(sequence: Sequence, from: number, tokens: number): Iterable<PromptImage> {
    for (const image of overlapping(sequence, from, tokens)) {
      if (!this.cache.has(image)) yield image
    }
  }
}

function* overlapping(
  { images, isEncoded }: Sequence,
  from: number,
  tokens: number,
): Iterable<PromptImage> {
  if (isEncoded) return
  for (const image of images) {
    if (image.start < from + tokens && image.end > from) yield image
  }
}
