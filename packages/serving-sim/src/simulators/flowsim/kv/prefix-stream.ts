// Which blocks hold which prefixes. Tokens need no values: two prompts share their first n tokens
// exactly if both begin with n tokens of the same stream (a shared prefix, a conversation, a list of
// block hashes). So a cached block is known by a stream and a position in it.

let streams = 0

/** Tokens with one identity, and where each KV cache holds them. */
export class PrefixStream {
  /** Tells streams apart. */
  readonly id = streams++
  /** Block by position, for each KV cache. */
  private readonly device: (Map<number, number> | undefined)[] = []
  /** Positions in the offload tier of each KV cache. */
  private readonly tiers: (Set<number> | undefined)[] = []
  /** Prompt and output of the conversation so far, of a stream that is one. */
  tokens = 0

  onDevice(cache: number): Map<number, number> {
    let blocks = this.device[cache]
    if (blocks === undefined) {
      blocks = new Map()
      this.device[cache] = blocks
    }
    return blocks
  }

  offloaded(cache: number): Set<number> {
    let positions = this.tiers[cache]
    if (positions === undefined) {
      positions = new Set()
      this.tiers[cache] = positions
    }
    return positions
  }
}
