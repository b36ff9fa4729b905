// The few numbers that the operations of a step are sized by, from a batch and a layout.
//
// Where lengths differ, an attention kernel is described by the mean query length q and the key
// length k for which `sequences` equal sequences have the (query, key) pairs of the batch:
// pairs = sequences·(q·(k − q) + q·(q + 1)/2), so k = pairs/(sequences·q) + (q − 1)/2.
import type { BatchSummary } from '../batch.js'
import type { Layout } from '../parallelism.js'

/** Sizes of one step on one device. */
export interface Sizes {
  /** Rows of linear layers: the tokens of the replica, divided over context parallelism. */
  tokens: number
  /** Those, divided over tensor parallelism too. */
  shardTokens: number
  /** Tokens that this device hands to the experts. */
  sentTokens: number
  /** Tokens that the devices which share the experts have together. */
  expertTokens: number
  samples: number
  prefillSequences: number
  prefillTokens: number
  prefillQuery: number
  prefillPast: number
  prefillKeys: number
  decodeSequences: number
  decodeTokens: number
  decodeQuery: number
  decodeKeyLength: number
}

/** Sizes to be filled by {@link fillSizes}. */
export function emptySizes(): Sizes {
  return {
    tokens: 0,
    shardTokens: 0,
    sentTokens: 0,
    expertTokens: 0,
    samples: 0,
    prefillSequences: 0,
    prefillTokens: 0,
    prefillQuery: 1,
    prefillPast: 0,
    prefillKeys: 0,
    decodeSequences: 0,
    decodeTokens: 0,
    decodeQuery: 1,
    decodeKeyLength: 1,
  }
}

/** Sets the sizes of a batch. */
export function fillSizes(sizes: Sizes, batch: BatchSummary, layout: Layout): void {
  const { context, tensor } = layout
  const tokens = Math.ceil((batch.prefillTokens + batch.decodeTokens) / context)
  sizes.tokens = tokens
  sizes.shardTokens = Math.ceil(tokens / tensor)
  sizes.sentTokens = layout.dispatch === 'all_reduce' ? tokens : sizes.shardTokens
  sizes.expertTokens = tokens * layout.data * (layout.moeOverContext ? context : 1)
  sizes.samples = Math.ceil(batch.samples / context)
  fillAttention(sizes, batch)
}

/** Sets the sizes of the attention kernels alone. */
export function fillAttention(sizes: Sizes, batch: BatchSummary): void {
  sizes.prefillSequences = batch.prefillSequences
  sizes.prefillTokens = batch.prefillTokens
  sizes.prefillKeys = batch.prefillKeys
  if (batch.prefillSequences > 0) {
    const query = batch.prefillTokens / batch.prefillSequences
    sizes.prefillQuery = query
    const past = batch.prefillPairs / batch.prefillTokens - (query + 1) / 2
    // Products and quotients above are exact only up to rounding: snap to 2^-20 of a token.
    sizes.prefillPast = Math.max(0, Math.round(past * 1_048_576) / 1_048_576)
  }
  sizes.decodeSequences = batch.decodeSequences
  sizes.decodeTokens = batch.decodeTokens
  if (batch.decodeSequences > 0) {
    sizes.decodeQuery = batch.decodeTokens / batch.decodeSequences
    sizes.decodeKeyLength = batch.decodeKeys / batch.decodeSequences
  }
}
