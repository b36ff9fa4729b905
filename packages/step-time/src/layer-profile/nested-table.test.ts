import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NestedTable } from './nested-table.js'

describe('a table over several axes', () => {
  test('has the measured value at each measured point, in a grid or not', () => {
    const axis = fc.integer({ min: 0, max: 50 })
    const rows = fc.uniqueArray(
      fc.tuple(axis, axis, axis, fc.double({ min: 0, max: 1e6, noNaN: true })),
      {
        minLength: 1,
        maxLength: 60,
        selector: ([a, b, c]) => `${a},${b},${c}`,
      },
    )
    fc.assert(
      fc.property(rows, (all) => {
        const table = new NestedTable(all)
        for (const [a, b, c, value] of all) expect(table.at(a, b, c)).toBe(value)
      }),
    )
  })

  test('is linear between points, and on beyond the last', () => {
    const line = new NestedTable([
      [10, 100],
      [20, 120],
      [40, 200],
    ])
    expect([5, 10, 15, 30, 40, 60].map((x) => line.at(x))).toEqual([100, 100, 110, 160, 200, 280])
    const plane = new NestedTable([
      [1, 1, 11],
      [1, 3, 13],
      [2, 2, 22],
      [2, 4, 24],
    ])
    expect(plane.at(1.5, 2)).toBe((12 + 22) / 2)
  })

  test('of one point is that point everywhere', () => {
    expect(new NestedTable([[4, 7, 2.5]]).at(100, 0)).toBe(2.5)
  })
})
