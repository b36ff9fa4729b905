// The prompts that inference-sim's router has sent to each instance, by blocks: the last 10,000 of each, a block that
// is sent again counts as new. What an instance has evicted meanwhile it does not know.
import type { Client } from './client.js'

const MOST_BLOCKS = 10_000

export class SentPrefixes {
  /** Keys of blocks by instance, in order of use. */
  private readonly held: Set<string>[] = []

  constructor(private readonly blockSize: number) {}

  /** Share of the full blocks of a prompt, from its start, that were sent to an instance; 0 of none. */
  share(client: Client, instance: number): number {
    const keys = this.held[instance]
    const blocks = this.blocksOf(client)
    if (keys === undefined || blocks === 0) return 0
    let matched = 0
    while (matched < blocks && keys.has(this.key(client, matched))) matched++
    return matched / blocks
  }

  /** A prompt goes to an instance. */
  add(client: Client, instance: number): void {
    const keys = this.held[instance] ?? new Set()
    this.held[instance] = keys
    const blocks = this.blocksOf(client)
    for (let block = 0; block < blocks; block++) {
      const key = this.key(client, block)
      if (!keys.delete(key) && keys.size >= MOST_BLOCKS) {
        const [oldest] = keys
        keys.delete(oldest!)
      }
      keys.add(key)
    }
  }

  private blocksOf({ inputTokens }: Client): number {
    return Math.floor(inputTokens / this.blockSize)
  }

  /** Blocks of a shared prefix are the same for all of its group, the others nobody else has. */
  private key({ request: { prefixGroup }, prefixTokens, index }: Client, block: number): string {
    const isShared = prefixGroup !== undefined && (block + 1) * this.blockSize <= prefixTokens
    return isShared ? `${prefixGroup} ${block}` : `#${index} ${block}`
  }
}
