import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpertLoad } from './expert-load.js'
import { expertSkew } from './expert-skew.js'
import { deviceShares } from './placement.js'

const noFiles = () => {
  throw new Error('no file is read')
}
const zipf = (experts: number, exponent = 1) =>
  readExpertLoad(`zipf_${exponent}`, { readText: noFiles }).weights(experts, 1024)
const busiest = (shares: Float64Array) => Math.max(...shares) * shares.length

describe('the rows of devices', () => {
  it('are all of them, whatever stands where', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom('eplb' as const, 'none' as const),
        fc.boolean(),
        (devices, own, copies, balancing, isOrdered) => {
          const options = { devices, redundant: copies * devices, balancing, isOrdered }
          const shares = deviceShares(zipf(devices * own), options)
          expect(shares).toHaveLength(devices)
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  it('are even where experts are', () => {
    const even = new Float64Array(256).fill(1)
    for (const balancing of ['eplb', 'none'] as const) {
      const options = { devices: 64, redundant: 0, balancing, isOrdered: true }
      expect(busiest(deviceShares(even, options))).toBeCloseTo(1, 9)
    }
  })

  it('are nearly even with 32 copies of the most used of 256 experts on 72 devices', () => {
    const options = { devices: 72, redundant: 32, isOrdered: false }
    const before = busiest(deviceShares(zipf(256, 0.8), { ...options, balancing: 'none' }))
    const after = busiest(deviceShares(zipf(256, 0.8), { ...options, balancing: 'eplb' }))
    expect(before).toBeGreaterThan(2)
    expect(after).toBeLessThan(1.2)
  })

  it('follow the order of a file, whose experts are not shuffled', () => {
    const counts = Float64Array.from([4, 4, 1, 1])
    const options = { devices: 2, redundant: 0, balancing: 'none' as const, isOrdered: true }
    expect([...deviceShares(counts, options)]).toEqual([0.8, 0.2])
  })
})

describe('the busiest device', () => {
  const skew = (load: string, tokens: number, more = {}) =>
    expertSkew(readExpertLoad(load, { readText: noFiles }), {
      experts: 256,
      topk: 8,
      devices: 64,
      redundant: 0,
      balancing: 'none',
      ...more,
    })(tokens)

  it('has the mean of a balanced load, and of one device', () => {
    expect(skew('balanced', 100)).toBe(1)
    expect(skew('zipf', 100, { devices: 1 })).toBe(1)
  })

  it('draws more than the mean of a uniform load, the less the more tokens there are', () => {
    // 64 normal numbers: the largest lies 2.2 to 2.4 deviations above the mean.
    const mean = (8192 * 8) / 64
    expect((skew('uniform', 8192) - 1) * Math.sqrt(mean)).toBeGreaterThan(2.1)
    expect((skew('uniform', 8192) - 1) * Math.sqrt(mean)).toBeLessThan(2.5)
    expect(skew('uniform', 1 << 20)).toBeLessThan(skew('uniform', 8192))
  })

  it('never has more than all rows', () => {
    expect(skew('zipf_4', 1)).toBeLessThanOrEqual(64)
  })

  it('is relieved by copies', () => {
    const copies = { redundant: 64, balancing: 'eplb' }
    expect(skew('power_law_1.2', 8192, copies)).toBeLessThan(0.6 * skew('power_law_1.2', 8192))
  })
})
