import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attentionPairs } from './attention.js'
import { opWork } from './index.js'
import { busFactor } from './shared/collective.js'
import { expectedGroups } from './shared/experts.js'

const attention = {
  op: 'attention',
  phase: 'prefill',
  batch: 2,
  queryLen: 4,
  kvLen: 10,
  heads: 8,
  kvHeads: 2,
  headDim: 64,
  causal: true,
  dtype: 'bf16',
} as const

/** Counts the pairs one by one; the last query sees the last key. */
function countPairs(queryLen: number, kvLen: number, causal: boolean, window = Infinity): number {
  let pairs = 0
  for (let q = 0; q < queryLen; q++) {
    const visible = causal ? kvLen - queryLen + q + 1 : kvLen
    pairs += Math.min(visible, window)
  }
  return pairs
}

describe('attentionPairs', () => {
  it('counts what mask and window leave', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        fc.boolean(),
        fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        (queryLen, extra, causal, window) => {
          const call = { ...attention, queryLen, kvLen: queryLen + extra, causal, batch: 3, window }
          expect(attentionPairs(call)).toBe(
            3 * countPairs(queryLen, queryLen + extra, causal, window),
          )
        },
      ),
    )
  })

  it('takes the pairs that a call of ragged sequences states', () => {
    expect(attentionPairs({ ...attention, pairs: 1234 })).toBe(1234)
  })
})

describe('opWork', () => {
  it('counts 2mnk for a matmul and each operand once', () => {
    expect(opWork({ op: 'matmul', m: 16, n: 32, k: 64, dtype: 'bf16' })).toEqual({
      flops: 2 * 16 * 32 * 64,
      readBytes: 2 * (16 * 64 + 64 * 32),
      writeBytes: 2 * 16 * 32,
      networkBytes: 0,
    })
  })

  it('writes bf16 from 8-bit operands and halves 4-bit weights', () => {
    const work = opWork({
      op: 'matmul',
      m: 8,
      n: 8,
      k: 8,
      dtype: 'fp8_e4m3',
      weightDtype: 'fp4_e2m1',
    })
    expect(work.readBytes).toBe(64 + 32)
    expect(work.writeBytes).toBe(128)
  })

  it('reads keys and values of grouped heads once', () => {
    const { readBytes, writeBytes } = opWork(attention)
    const q = 2 * 4 * 8 * 64 * 2
    const kv = 2 * 10 * 2 * 128 * 2
    expect(readBytes).toBe(q + kv)
    expect(writeBytes).toBe(q)
  })

  it('reads the latent of absorbed MLA once for keys and values', () => {
    const mla = { ...attention, variant: 'mla', headDim: 576, headDimV: 512, kvHeads: 1 } as const
    const { readBytes } = opWork(mla)
    expect(readBytes).toBe(2 * 4 * 8 * 576 * 2 + 2 * 10 * 576 * 2)
  })

  it('a ring all-reduce moves 2(n−1)/n of the tensor over each rank', () => {
    const work = opWork({ op: 'all_reduce', elements: 1024, devices: 4, dtype: 'bf16' })
    expect(work.networkBytes).toBe(2048 * 1.5)
  })

  it('one rank alone moves nothing', () => {
    for (const op of [
      'all_reduce',
      'all_gather',
      'reduce_scatter',
      'all_to_all',
      'broadcast',
    ] as const) {
      expect(opWork({ op, elements: 1024, devices: 1, dtype: 'bf16' }).networkBytes).toBe(0)
    }
  })
})

it('expectedGroups is at least 1 for one row and at most the groups', () => {
  expect(expectedGroups(1, 256)).toBeCloseTo(1, 9)
  expect(expectedGroups(1e6, 256)).toBeCloseTo(256, 9)
  expect(expectedGroups(5, 1)).toBeCloseTo(1, 9)
})

it.each([
  ['all_reduce', 4, 1.5],
  ['all_gather', 4, 0.75],
  ['reduce_scatter', 8, 0.875],
  ['all_to_all', 2, 0.5],
  ['broadcast', 8, 1],
  ['send', 2, 1],
] as const)('bus factor of %s over %i ranks is %f', (kind, ranks, factor) => {
  expect(busFactor(kind, ranks)).toBe(factor)
})
