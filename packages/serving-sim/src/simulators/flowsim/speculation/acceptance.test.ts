import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AcceptanceLaw, acceptedTokens, meanTokensOf, reachOf } from './acceptance.js'

const depth = fc.integer({ min: 1, max: 8 })
const chance = fc.double({ min: 0, max: 1, noNaN: true })

describe('laws of acceptance', () => {
  test('a constant chance gives (1 − a^(k + 1)) / (1 − a) tokens a step', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), depth, (a, k) => {
        const closed = (1 - a ** (k + 1)) / (1 - a)
        expect(meanTokensOf(reachOf(a, k))).toBeCloseTo(closed, 9)
      }),
    )
  })

  test('a mean is met by the chance that gives it', () => {
    fc.assert(
      fc.property(depth, chance, (k, share) => {
        const meanTokens = 1 + share * k
        expect(meanTokensOf(reachOf({ meanTokens }, k))).toBeCloseTo(meanTokens, 6)
      }),
    )
  })

  test('a histogram of accepted tokens keeps its mean', () => {
    // 10 steps accept none, 20 one, 70 two.
    const reach = reachOf({ histogram: [10, 20, 70] }, 3)
    expect(reach).toEqual([0.9, 0.7, 0])
    expect(meanTokensOf(reach)).toBeCloseTo(1 + (20 + 2 * 70) / 100, 12)
  })

  test('several candidates of a position are accepted more often, once each', () => {
    const [first, second] = reachOf(0.5, 2, [2, 1])
    expect(first).toBeCloseTo(0.75, 12)
    expect(second).toBeCloseTo(0.375, 12)
  })

  test('no law accepts a position more often than the one before', () => {
    const law: fc.Arbitrary<AcceptanceLaw> = fc.oneof(
      chance,
      chance.map((share) => ({ meanTokens: 1 + share })),
      fc
        .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 2 })
        .map((counts) => ({ histogram: [1, ...counts] })),
    )
    fc.assert(
      fc.property(law, fc.integer({ min: 2, max: 8 }), (each, k) => {
        let before = 1
        const reach = reachOf(each, k)
        expect(reach).toHaveLength(k)
        for (const share of reach) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(before)
          before = share
        }
      }),
    )
  })

  test('draws spread evenly accept as often as the law says, and never more than was drafted', () => {
    const reach = [0.8, 0.5, 0.2]
    const draws = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000)
    const counts = draws.map((draw) => acceptedTokens(reach, 3, draw))
    for (const [i, share] of reach.entries()) {
      expect(counts.filter((count) => count > i).length / 1000).toBeCloseTo(share, 9)
    }
    expect(Math.max(...draws.map((draw) => acceptedTokens(reach, 2, draw)))).toBe(2)
  })
})
