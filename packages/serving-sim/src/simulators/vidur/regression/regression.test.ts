import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitMonotone } from './monotone.js'
import { fitRandomForest } from './random-forest.js'

describe('fitMonotone', () => {
  const points = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 100 })),
    { minLength: 1, maxLength: 30 },
  )

  test('never decreases, whatever the noise, nor beyond the ends', () => {
    fc.assert(
      fc.property(
        points,
        fc.array(fc.double({ min: -100, max: 1200, noNaN: true })),
        (rows, at) => {
          const regressor = fitMonotone(
            rows.map(([x]) => [x]),
            rows.map(([, y]) => y),
          )
          const values = [...at].sort((a, b) => a - b).map((x) => regressor(x))
          for (let i = 1; i < values.length; i++) {
            expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]! - 1e-9)
          }
        },
      ),
    )
  })

  test('goes through rows that rise already', () => {
    const xs = [1, 2, 4, 8, 16]
    const regressor = fitMonotone(
      xs.map((x) => [x]),
      xs.map((x) => x ** 2),
    )
    for (const x of xs) expect(regressor(x)).toBeCloseTo(x ** 2, 12)
    expect(regressor(3)).toBeGreaterThan(4)
    expect(regressor(3)).toBeLessThan(16)
  })

  test('a plane is a plane between and beyond its rows', () => {
    const rows: number[][] = []
    for (const a of [1, 4, 16]) for (const b of [0, 64, 512]) rows.push([a, b])
    const plane = ([a, b]: number[]) => 3 + 2 * a! + 0.01 * b!
    const regressor = fitMonotone(rows, rows.map(plane))
    for (const point of [
      [2, 100],
      [10, 600],
      [20, 30],
    ] as [number, number][]) {
      expect(regressor(...point)).toBeCloseTo(plane(point), 9)
    }
  })
})

describe('fitRandomForest', () => {
  test('learns a curve from its rows, and the same one from the same seed', () => {
    const xs = Array.from({ length: 400 }, (_, i) => [i])
    const ys = xs.map(([x]) => 5 + 0.1 * x!)
    const forest = fitRandomForest({ trees: 50, seed: 3 })(xs, ys)
    const again = fitRandomForest({ trees: 50, seed: 3 })(xs, ys)
    for (const x of [10, 123, 250, 390]) {
      expect(Math.abs(forest(x) / (5 + 0.1 * x) - 1)).toBeLessThan(0.02)
      expect(again(x)).toBe(forest(x))
    }
  })

  test('the answer lies within the targets', () => {
    const forest = fitRandomForest({ trees: 10 })([[1], [2], [3]], [10, 20, 30])
    expect(forest(-5)).toBeGreaterThanOrEqual(10)
    expect(forest(99)).toBeLessThanOrEqual(30)
  })
})
