import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitMonotone } from './monotone.js'
import { fitPolynomial } from './polynomial.js'
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

describe('fitPolynomial', () => {
  const noise = (i: number) => 1 + (((i * 7919) % 101) - 50) / 1000

  // GridSearchCV(make_pipeline(PolynomialFeatures(), LinearRegression()), …, cv=10) of scikit-learn with Vidur's grid
  // and score, on the same rows; 1.9.1 with tol = 2^-52, which is what versions before 1.7 had. Forms of a high
  // degree are so near to singular that rounding moves them.
  test('chooses and fits as the search of scikit-learn does: one feature', () => {
    const tokens = [1, 2, 4, ...Array.from({ length: 32 }, (_, i) => 8 + 16 * i)]
    const regressor = fitPolynomial(
      tokens.map((x) => [x]),
      tokens.map((x, i) => (0.02 + 0.0003 * x + 2e-7 * x * x) * noise(i)),
    )
    const expected = [
      [1, 0.019863843519460973],
      [100, 0.05198312186386309],
      [333, 0.14244039827616872],
      [512, 0.23047411584280247],
      [600, 0.28102282708090875],
    ]
    for (const [x, y] of expected) expect(regressor(x!) / y!).toBeCloseTo(1, 6)
  })

  test('two features: only their product', () => {
    const rows = [1, 2, 4, 8, 16, 32, 64].flatMap((batch) =>
      [1, 4, 16, 32, 64].map((kv) => [batch, kv]),
    )
    const rough = (i: number) => 1 + (((i * i * 37) % 101) - 50) / 500
    const regressor = fitPolynomial(
      rows,
      rows.map(([batch, kv], i) => (0.01 + 1e-3 * batch! + 2e-4 * batch! * kv!) * rough(i)),
    )
    const expected = [
      [1, 1, 0.012409738705093138],
      [10, 12, 0.043858054525237666],
      [64, 64, 0.8875655782102206],
      [70, 2, 0.10733904522466982],
    ]
    for (const [batch, kv, y] of expected) expect(regressor(batch!, kv!) / y!).toBeCloseTo(1, 9)
  })

  test('fewer than ten rows: two folds', () => {
    const regressor = fitPolynomial([[1], [8], [64], [100]], [1, 1.5, 6, 8])
    expect(regressor(1)).toBeCloseTo(1.0671532846715337, 9)
    expect(regressor(50)).toBeCloseTo(4.613531723750702, 9)
    expect(regressor(128)).toBeCloseTo(10.258787198203255, 9)
  })
})
