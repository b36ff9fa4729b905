import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leastSquares } from './least-squares.js'

const value = fc.integer({ min: -100, max: 100 })

test('what is left over is at right angles to every column, however many rows there are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }).chain((width) =>
        fc.array(fc.tuple(fc.array(value, { minLength: width, maxLength: width }), value), {
          minLength: 1,
          maxLength: 8,
        }),
      ),
      (data) => {
        const rows = data.map(([row]) => row)
        const x = leastSquares(
          rows,
          data.map(([, target]) => target),
        )
        for (const i of x.keys()) {
          const angle = data.reduce(
            (sum, [row, target]) =>
              sum + row[i]! * (row.reduce((s, v, j) => s + v * x[j]!, 0) - target),
            0,
          )
          expect(Math.abs(angle)).toBeLessThan(1e-6)
        }
      },
    ),
  )
})

test('of many answers the one of the smallest norm', () => {
  // Two equal columns share what one of them would have.
  const [a, b] = leastSquares(
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
    [2, 4, 6],
  )
  expect(a).toBeCloseTo(1, 12)
  expect(b).toBeCloseTo(1, 12)
  const [c, d] = leastSquares([[3, 4]], [25])
  expect(c).toBeCloseTo(3, 12)
  expect(d).toBeCloseTo(4, 12)
})

test('nothing of nothing', () => {
  expect(leastSquares([], [])).toEqual([])
  expect(leastSquares([[0, 0]], [1])).toEqual([0, 0])
})
