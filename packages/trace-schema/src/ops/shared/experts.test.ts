import { describe, expect, it } from 'vitest'
import { touchedExperts } from './experts.js'

describe('touchedExperts', () => {
  it('is topk for one token: its experts are different ones', () => {
    for (const [topk, experts] of [
      [8, 8],
      [8, 256],
      [1, 16],
    ] as const) {
      expect(touchedExperts(1, topk, experts)).toBeCloseTo(topk, 9)
    }
  })

  it('is the mean over draws without replacement within a token', () => {
    // 2 of 4 experts, 3 tokens: every expert is missed with (1/2)³.
    expect(touchedExperts(3, 2, 4)).toBeCloseTo(4 * (1 - 1 / 8), 12)
  })

  it('is none for no token and all for many', () => {
    expect(touchedExperts(0, 8, 8)).toBe(0)
    expect(touchedExperts(0, 2, 8)).toBe(0)
    expect(touchedExperts(1e6, 2, 256)).toBeCloseTo(256, 9)
    expect(touchedExperts(5, 16, 8)).toBe(8)
  })
})
