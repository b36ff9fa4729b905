// Embeddings of images on the devices: so many tokens of them. Those that a running request has not computed all tokens
// of stay; of the others the one not used for the longest time goes first, when another image needs its room.
//
// Source: vLLM V1's EncoderCacheManager (0.11).
import type { Sequence } from '../sequence.js'
import type { PromptImage } from './prompt-images.js'

interface Entry {
  tokens: number
  /** Requests that read it, and where in their prompts it ends. */
  readers: Map<Sequence, number>
}

export class EncoderCache {
  /** The one not used for the longest time first. */
  private readonly entries = new Map<string, Entry>()
  private used = 0

  constructor(private readonly capacity: number) {}

  has({ key }: PromptImage): boolean {
    return this.entries.has(key)
  }

  /** Whether images of so many tokens get room; one that is larger than the cache does where nothing is in use. */
  hasRoom(tokens: number): boolean {
    if (this.used + tokens <= this.capacity) return true
    let inUse = 0
    for (const entry of this.entries.values()) if (isInUse(entry)) inUse += entry.tokens
    return inUse === 0 || inUse + tokens <= this.capacity
  }

  /**
   * A request reads an image that is there.
   * @returns whether it has not read it before
   */
  read({ key, end }: PromptImage, sequence: Sequence): boolean {
    const entry = this.entries.get(key)!
    this.entries.delete(key)
    this.entries.set(key, entry)
    const isNew = !entry.readers.has(sequence)
    entry.readers.set(sequence, end)
    return isNew
  }

  /** An image is encoded for a request. */
  add({ key, tokens, end }: PromptImage, sequence: Sequence): void {
    for (const [name, entry] of this.entries) {
      if (this.used + tokens <= this.capacity) break
      if (!isInUse(entry)) this.drop(name)
    }
    this.entries.set(key, { tokens, readers: new Map([[sequence, end]]) })
    this.used += tokens
  }

  drop(key: string): void {
    this.used -= this.entries.get(key)?.tokens ?? 0
    this.entries.delete(key)
  }

  clear(): void {
    this.entries.clear()
    this.used = 0
  }
}

function isInUse({ readers }: Entry): boolean {
  for (const [sequence, end] of readers) {
    if (sequence.state === 'running' && sequence.computed < end) return true
    readers.delete(sequence)
  }
  return false
}
