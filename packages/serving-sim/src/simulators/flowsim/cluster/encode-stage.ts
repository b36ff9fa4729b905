// Encoding apart from prefill and decode: a request with images goes to the encode instance with the fewest tokens of
// images, and its embeddings over the links to the instance that prefills it.
//
// Source: Singh et al., "Efficiently Serving Large Multimodal Models Using EPD Disaggregation" (ICML 2025); vLLM's
// disaggregated encoder (0.12).
import { EncodeInstance, type EncodeInstanceOptions } from '../images/encode-instance.js'
import type { Instance } from '../instance/instance.js'
import type { Sequence } from '../sequence.js'
import type { KvLinks } from './kv-links.js'

export class EncodeStage {
  readonly instances: readonly EncodeInstance[]
  /** Bytes of embeddings that were handed over. */
  sentBytes = 0
  /** Where requests go whose embeddings are under way. */
  private readonly targets = new Map<Sequence, Instance>()

  constructor(
    options: readonly EncodeInstanceOptions[],
    private readonly links: KvLinks,
  ) {
    this.instances = options.map((one, i) => new EncodeInstance(i, one))
  }

  /** The instance that encodes the images of a request; null: they are not encoded apart. */
  pick({ images, model, isEncoded }: Sequence): EncodeInstance | null {
    if (images.length === 0 || isEncoded) return null
    let best: EncodeInstance | null = null
    for (const one of this.instances) {
      const { serves } = one.options
      if (serves !== undefined && model !== null && serves !== model) continue
      if (best === null || one.load < best.load) best = one
    }
    return best
  }

  /** Sends embeddings to where a prompt is prefilled. @returns when they are there */
  send(sequence: Sequence, from: EncodeInstance, to: Instance, now: number): number {
    const tokens = sequence.images.reduce((sum, image) => sum + image.tokens, 0)
    const bytes = tokens * from.options.encoder.tokenBytes
    this.sentBytes += bytes
    this.targets.set(sequence, to)
    return this.links.send(
      { key: from, lanes: from.options.replicas },
      { key: to, lanes: to.options.kv.replicas },
      bytes,
      now,
    )
  }

  /** The instance that a request's embeddings have reached. */
  arrived(sequence: Sequence): Instance {
    const to = this.targets.get(sequence)!
    this.targets.delete(sequence)
    sequence.isEncoded = true
    return to
  }

  /** Counts of what it did; none without such instances. */
  get features(): Record<string, number> {
    if (this.instances.length === 0) return {}
    const sum = (of: (one: EncodeInstance) => number) =>
      this.instances.reduce((total, one) => total + of(one), 0)
    return {
      encodedImages: sum(({ encoded }) => encoded),
      encodeS: sum(({ encodeNs }) => encodeNs) / 1e9,
      cachedImages: sum(({ hits }) => hits),
      embeddingBytes: this.sentBytes,
    }
  }
}
