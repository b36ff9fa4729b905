// The sizes of a step on one device: counts that do not divide are rounded up, for the device that has most.
import { describe, expect, it } from 'vitest'
import type { BatchSummary } from '../batch.js'
import type { Layout } from '../parallelism.js'
import { emptySizes, fillSizes } from './sizes.js'

const BATCH: BatchSummary = {
  prefillSequences: 2,
  prefillTokens: 20,
  prefillKeys: 30,
  prefillPairs: 150,
  decodeSequences: 4,
  decodeTokens: 8,
  decodeKeys: 100,
  samples: 5,
}
const sizesOf = (layout: Partial<Layout>, batch = BATCH) => {
  const sizes = emptySizes()
  const whole = { context: 1, tensor: 1, data: 1, moeOverContext: false, ...layout } as Layout
  fillSizes(sizes, batch, whole)
  return sizes
}

describe('the sizes of a step', () => {
  it('are those of the batch on one device', () => {
    expect(sizesOf({})).toEqual({
      tokens: 28,
      shardTokens: 28,
      sentTokens: 28,
      expertTokens: 28,
      samples: 5,
      prefillSequences: 2,
      prefillTokens: 20,
      prefillQuery: 10,
      prefillKeyLength: 15,
      prefillKeys: 30,
      prefillPairs: 150,
      decodeSequences: 4,
      decodeTokens: 8,
      decodeQuery: 2,
      decodeKeyLength: 25,
    })
  })

  it('are rounded up where tokens do not divide over context and tensor parallelism', () => {
    // 28 over 3 is 10, these over 4 are 3; 5 samples over 3 are 2.
    expect(sizesOf({ context: 3, tensor: 4 })).toMatchObject({
      tokens: 10,
      shardTokens: 3,
      sentTokens: 3,
      samples: 2,
    })
  })

  it('send whole replicas where an all-reduce brings tokens to experts', () => {
    expect(sizesOf({ tensor: 4, dispatch: 'all_reduce' } as Partial<Layout>)).toMatchObject({
      shardTokens: 7,
      sentTokens: 28,
    })
  })

  it('give experts the tokens of all replicas, and of all contexts where they span these', () => {
    expect(sizesOf({ data: 2, context: 4 }).expertTokens).toBe(2 * 7)
    expect(sizesOf({ data: 2, context: 4, moeOverContext: true }).expertTokens).toBe(2 * 7 * 4)
  })

  it('keep a mean length of one where a kind of sequences is absent', () => {
    const none = { ...BATCH, prefillSequences: 0, decodeSequences: 0 }
    expect(sizesOf({}, none)).toMatchObject({
      prefillQuery: 1,
      prefillKeyLength: 1,
      decodeQuery: 1,
      decodeKeyLength: 1,
    })
  })
})
