import { quantile } from 'd3-array'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WeightedSamples } from './weighted-samples.js'

describe('WeightedSamples', () => {
  test('has the quantiles of the samples written out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pairs, q) => {
          const samples = new WeightedSamples()
          const written: number[] = []
          for (const [value, count] of pairs) {
            samples.add(value, count)
            for (let i = 0; i < count; i++) written.push(value)
          }
          expect(samples.count).toBe(written.length)
          expect(samples.quantile(q)).toBeCloseTo(quantile(written, q)!, 9)
        },
      ),
    )
  })

  test('stays within its limit and within 0.01 % of the exact quantile', () => {
    const samples = new WeightedSamples(4096)
    const written: number[] = []
    for (let i = 0; i < 50_000; i++) {
      const value = 1 + ((i * 7919) % 49_999) / 1000
      samples.add(value)
      written.push(value)
    }
    expect(samples.isRounded).toBe(true)
    for (const q of [0.5, 0.9, 0.99]) {
      expect(Math.abs(samples.quantile(q) / quantile(written, q)! - 1)).toBeLessThan(1e-3)
    }
  })

  test('of nothing everything is 0', () => {
    const samples = new WeightedSamples()
    expect([samples.count, samples.mean, samples.max, samples.quantile(0.5)]).toEqual([0, 0, 0, 0])
  })
})
