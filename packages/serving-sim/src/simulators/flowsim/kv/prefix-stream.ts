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
  /** Slot by position, for each tier below the devices. */
  private readonly tiers: (Map<number, number> | undefined)[] = []
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

  inTier(tier: number): Map<number, number> {
    let slots = this.tiers[tier]
    if (slots === undefined) {
      slots = new Map()
      this.tiers[tier] = slots
    }
    return slots
  }
}
