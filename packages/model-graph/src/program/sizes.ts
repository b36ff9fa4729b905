// The few numbers that the operations of a step are sized by, from a batch and a layout.
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
  /** Mean query and key lengths. */
  prefillQuery: number
  prefillKeyLength: number
  prefillKeys: number
  prefillPairs: number
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
    prefillKeyLength: 1,
    prefillKeys: 0,
    prefillPairs: 0,
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
  sizes.prefillPairs = batch.prefillPairs
  if (batch.prefillSequences > 0) {
    sizes.prefillQuery = batch.prefillTokens / batch.prefillSequences
    sizes.prefillKeyLength = batch.prefillKeys / batch.prefillSequences
  }
  sizes.decodeSequences = batch.decodeSequences
  sizes.decodeTokens = batch.decodeTokens
  if (batch.decodeSequences > 0) {
    sizes.decodeQuery = batch.decodeTokens / batch.decodeSequences
    sizes.decodeKeyLength = batch.decodeKeys / batch.decodeSequences
  }
}
