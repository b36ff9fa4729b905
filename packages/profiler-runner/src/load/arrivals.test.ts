import { describe, expect, it } from 'vitest'
import { arrivalTimesNs } from './arrivals.js'

const gaps = (times: number[]) => times.slice(1).map((time, index) => time - times[index]!)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const variation = (values: number[]) => {
  const center = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2))) / center
}

describe('arrivalTimesNs', () => {
  it('has equal gaps when constant', () => {
    expect(arrivalTimesNs({ kind: 'constant', ratePerS: 3 }, 4)).toEqual([
      0, 333333333, 666666667, 1000000000,
    ])
  })

  it('has exponential gaps when Poisson, and repeats them for the same seed', () => {
    const times = arrivalTimesNs({ kind: 'poisson', ratePerS: 50, seed: 7 }, 20_001)
    expect(mean(gaps(times)) / 1e9).toBeCloseTo(1 / 50, 3)
    expect(variation(gaps(times))).toBeCloseTo(1, 1)
    expect(arrivalTimesNs({ kind: 'poisson', ratePerS: 50, seed: 7 }, 20_001)).toEqual(times)
    expect(arrivalTimesNs({ kind: 'poisson', ratePerS: 50, seed: 8 }, 20_001)).not.toEqual(times)
  })

  it('varies by 1/√burstiness when gamma', () => {
    const spec = { kind: 'gamma', ratePerS: 50, seed: 7 } as const
    for (const burstiness of [0.25, 4]) {
      const times = arrivalTimesNs({ ...spec, burstiness }, 40_001)
      expect(mean(gaps(times)) * 50e-9).toBeCloseTo(1, 1)
      expect(variation(gaps(times)) * Math.sqrt(burstiness)).toBeCloseTo(1, 1)
    }
  })

  it('replays a trace from its first request, faster if asked, never backwards', () => {
    expect(arrivalTimesNs({ kind: 'trace', speed: 2 }, 4, [10, 30, 20, 110])).toEqual([
      0, 10, 10, 50,
    ])
    expect(() => arrivalTimesNs({ kind: 'trace' }, 1, [undefined])).toThrow(/has no arrival time/)
  })

  it('refuses a rate that is not above zero', () => {
    expect(() => arrivalTimesNs({ kind: 'constant', ratePerS: 0 }, 1)).toThrow(/rate must be/)
  })
})
