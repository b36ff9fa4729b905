import { describe, expect, test } from 'vitest'
import { GoRand } from './go-rand.js'

describe('GoRand', () => {
  test('draws what Go draws from seed 1', () => {
    const random = new GoRand(1)
    // rand.Seed(1) and ten times rand.Intn(100), as in the Go tour.
    const draws = Array.from({ length: 10 }, () => random.intn(100))
    expect(draws).toEqual([81, 87, 47, 59, 81, 18, 25, 40, 56, 0])
  })

  test('int63 has all 63 bits', () => {
    const random = new GoRand(42)
    expect(random.int63()).toBe(3440579354231278675n)
    expect(random.int63()).toBe(608747136543856411n)
  })

  test('a negative and a zero seed are seeds', () => {
    expect(new GoRand(-1).int63()).not.toBe(new GoRand(0).int63())
    expect(new GoRand(0).int63()).toBe(new GoRand(89_482_311).int63())
  })

  test('normals have mean 0 and variance 1', () => {
    const random = new GoRand(7)
    let sum = 0
    let squares = 0
    const n = 100_000
    for (let i = 0; i < n; i++) {
      const x = random.normFloat64()
      sum += x
      squares += x * x
    }
    expect(Math.abs(sum / n)).toBeLessThan(0.01)
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.02)
  })
})
