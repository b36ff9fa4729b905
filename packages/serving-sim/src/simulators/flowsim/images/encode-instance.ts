// An instance that only encodes images, for others: batches one after the other, each with as many images as its budget
// has tokens for, in the order in which requests came. A request is done when all its images are. Embeddings stay, up
// to so many tokens, and an image that is there is not encoded again.
import type { DeviceFacts } from '../../../step-time/deployment.js'
import type { Sequence } from '../sequence.js'
import { EncoderCache } from './encoder-cache.js'
import type { EncoderOptions } from './options.js'

/** One instance of the role `encode`. */
export interface EncodeInstanceOptions {
  name: string
  /** Requests of this model come here; default: all. */
  serves?: string | undefined
  devices: number
  /** Replicas of the tower, each with the links of its devices. */
  replicas: number
  device: DeviceFacts | null
  encoder: EncoderOptions
}

interface Waiting {
  sequence: Sequence
  /** Images that are encoded, or are in the batch under way. */
  seen: number
}

export class EncodeInstance {
  encoded = 0
  encodeNs = 0
  hits = 0
  /** Tokens of images of requests that are here. */
  load = 0
  private readonly cache: EncoderCache
  private readonly queue: Waiting[] = []
  private isBusy = false
  /** Requests that are done when the batch under way is. */
  private ending: Sequence[] = []

  constructor(
    readonly index: number,
    readonly options: EncodeInstanceOptions,
  ) {
    this.cache = new EncoderCache(options.encoder.cacheTokens)
  }

  push(sequence: Sequence): void {
    this.load += tokensOf(sequence)
    this.queue.push({ sequence, seen: 0 })
  }

  /**
   * Starts a batch if none is under way and there is work.
   * @returns how long it takes; 0: all images of the requests that {@link complete} gives are there; null: nothing starts
   */
  start(): number | null {
    if (this.isBusy || this.queue.length === 0) return null
    const batch: number[] = []
    let left = this.options.encoder.budgetTokens
    let done = 0
    for (const waiting of this.queue) {
      left = this.take(waiting, batch, left)
      if (waiting.seen < waiting.sequence.images.length && !waiting.sequence.aborted) break
      this.ending.push(waiting.sequence)
      done++
    }
    this.queue.splice(0, done)
    this.isBusy = true
    if (batch.length === 0) return 0
    const ns = Math.max(1, Math.round(this.options.encoder.encodeNs(batch)))
    this.encoded += batch.length
    this.encodeNs += ns
    return ns
  }

  /** The batch has ended. @returns requests all of whose images are encoded */
  complete(): Sequence[] {
    const done = this.ending
    this.ending = []
    this.isBusy = false
    for (const sequence of done) this.load -= tokensOf(sequence)
    return done.filter(({ aborted }) => !aborted)
  }

  /** Puts images of a request into the batch. @returns tokens that it may still have; a larger image goes alone */
  private take(waiting: Waiting, batch: number[], budget: number): number {
    const { sequence } = waiting
    let left = budget
    for (; waiting.seen < sequence.images.length && !sequence.aborted; waiting.seen++) {
      const image = sequence.images[waiting.seen]!
      if (this.cache.has(image)) {
        if (this.cache.read(image, sequence)) this.hits++
        continue
      }
      if (batch.length > 0 && image.tokens > left) return left
      this.cache.add(image, sequence)
      batch.push(image.tokens)
      left -= image.tokens
    }
    return left
  }
}

const tokensOf = ({ images }: Sequence) => images.reduce((sum, { tokens }) => sum + tokens, 0)
