import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attentionPairs } from './attention.js'

describe('attentionPairs', () => {
  const span = { batch: 2, queryLen: 4, kvLen: 10, causal: true }

  /** Counts the pairs one by one; the last query's own key is the last. */
  function countPairs(queryLen: number, kvLen: number, left: number, right: number): number {
    let pairs = 0
    for (let q = 0; q < queryLen; q++) {
      const own = kvLen - queryLen + q
      for (let key = 0; key < kvLen; key++) if (key >= own - left && key <= own + right) pairs++
    }
    return pairs
  }

  const lengths = fc.record({
    queryLen: fc.integer({ min: 1, max: 30 }),
    extra: fc.integer({ min: 0, max: 30 }),
  })

  it('counts what a causal mask and a window leave', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        ({ queryLen, extra }, window) => {
          const kvLen = queryLen + extra
          const call = { batch: 3, queryLen, kvLen, causal: true, window }
          expect(attentionPairs(call)).toBe(
            3 * countPairs(queryLen, kvLen, (window ?? Infinity) - 1, 0),
          )
        },
      ),
    )
  })

  it('counts what a window on both sides leaves', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        ({ queryLen, extra }, left, windowRight) => {
          const kvLen = queryLen + extra
          const call = { batch: 1, queryLen, kvLen, causal: false, window: left + 1 + windowRight }
          expect(attentionPairs({ ...call, windowRight })).toBe(
            countPairs(queryLen, kvLen, left, windowRight),
          )
          if (left === windowRight) {
            expect(attentionPairs(call)).toBe(attentionPairs({ ...call, windowRight }))
          }
        },
      ),
    )
  })

  it('counts every pair where nothing hides one', () => {
    expect(attentionPairs({ ...span, causal: false })).toBe(2 * 4 * 10)
    expect(attentionPairs({ ...span, causal: false, window: 100 })).toBe(2 * 4 * 10)
    expect(attentionPairs({ ...span, causal: false, windowRight: 0 })).toBe(attentionPairs(span))
  })

  it('a window on both sides is twice that on one, but for the edges', () => {
    const long = { batch: 1, queryLen: 10_000, kvLen: 10_000 }
    const one = attentionPairs({ ...long, causal: true, window: 65 })
    const both = attentionPairs({ ...long, causal: false, window: 129 })
    expect(both / one).toBeCloseTo(129 / 65, 1)
  })

  it('takes the pairs that a call of ragged sequences states', () => {
    expect(attentionPairs({ ...span, pairs: 1234 })).toBe(1234)
  })

  it('takes means that are broken', () => {
    const broken = attentionPairs({ ...span, queryLen: 4.5, kvLen: 10.5 })
    expect(broken).toBeGreaterThan(attentionPairs({ ...span, queryLen: 4, kvLen: 10 }))
    expect(broken).toBeLessThan(attentionPairs({ ...span, queryLen: 5, kvLen: 11 }))
  })
})
