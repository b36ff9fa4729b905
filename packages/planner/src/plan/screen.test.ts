import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostWithin } from './screen.js'

describe('the most sequences within a limit', () => {
  const steps = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), {
    minLength: 1,
    maxLength: 500,
  })

  it('is what trying every number finds up to 64 a replica, and 1/32 from it beyond', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1500, noNaN: true }), (growth, limitS) => {
        const times: number[] = []
        for (const more of growth) times.push((times.at(-1) ?? 0.1) + more)
        const most = mostWithin(times.length, 1, limitS, (sequences) => times[sequences - 1]!)
        const all = times.filter((time) => time <= limitS).length
        if (all === 0) {
          expect(most).toBeUndefined()
          return
        }
        const { sequences, stepS } = most!
        expect(stepS).toBeLessThanOrEqual(limitS * (1 + 1e-12))
        if (all <= 64 || all === times.length) expect(sequences).toBe(all)
        else expect(Math.abs(sequences - all)).toBeLessThanOrEqual(all / 32 + 1)
      }),
    )
  })

  it('is exact where time is a line', () => {
    const asked: number[] = []
    const stepS = (sequences: number) => {
      asked.push(sequences)
      return 0.01 + 2e-5 * sequences
    }
    const most = mostWithin(8192, 4, 0.04001, stepS)!
    expect(most.sequences).toBe(1500)
    expect(most.stepS).toBeCloseTo(0.04, 12)
    expect(asked.length).toBeLessThanOrEqual(9)
    expect(asked.every((sequences) => sequences % 4 === 0)).toBe(true)
    expect(mostWithin(0, 4, 1, stepS)).toBeUndefined()
    expect(mostWithin(300, 4, Number.POSITIVE_INFINITY, stepS)?.sequences).toBe(300)
    expect(mostWithin(3, 4, 1, stepS)).toEqual({ sequences: 3, stepS: stepS(3) })
    expect(mostWithin(3, 4, 0.005, stepS)).toBeUndefined()
  })
})
