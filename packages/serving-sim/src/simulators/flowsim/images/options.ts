// Settings of what encodes images on an instance, resolved.

export interface EncoderOptions {
  /** Tokens of images that a step may encode; a larger image goes alone. */
  budgetTokens: number
  /** Tokens of images whose embeddings the devices hold. */
  cacheTokens: number
  /** Bytes of the embeddings of a token. */
  tokenBytes: number
  /** Device time in which images of so many tokens are encoded together. */
  encodeNs(tokens: readonly number[]): number
}
